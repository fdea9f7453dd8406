import BrokerService
import Operations

BrokerProgram.program.main()
