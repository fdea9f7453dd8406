// EdgeService
