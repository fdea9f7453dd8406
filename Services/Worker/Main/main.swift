import Operations
import WorkerService

WorkerProgram.program.main()
