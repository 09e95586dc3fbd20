"""What a partner sees: the real service behind its socket, spoken to by a witness that shares no code with it.

Nothing here imports a room of the service; its command is run as a process. [contract 2-5]
"""
