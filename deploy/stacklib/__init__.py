"""A private stack: its own folder, ports, passwords and processes, safe beside others.

cli        the commands
stack      up, down, status, env over all servers of one folder
state      what is remembered in the folder between two commands
processes  start, recognise and end processes
ports      free ports
nats       the NATS servers; nats_binary finds or fetches the program
postgres   the PostgreSQL server; postgres_binary finds or installs it
watch      ends a stack when the process that wanted it is gone
"""
