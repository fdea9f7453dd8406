import EdgeService
import Operations

EdgeProgram.program.main()
