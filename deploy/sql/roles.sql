-- One role per service, and the database of the views. Run once, as a superuser; then rights.sql in that database.
-- Passwords are set apart from this, from files. Statements end with an empty line: PostgreSQL's single-user mode asks it.

-- Owns the database; `nabij setup` makes the control tables as this role. No service runs as it.
CREATE ROLE nabij LOGIN;

CREATE ROLE nabij_projector LOGIN;

CREATE ROLE nabij_alerts LOGIN;

CREATE ROLE nabij_api LOGIN;

CREATE ROLE nabij_cli LOGIN;

CREATE DATABASE nabij OWNER nabij;

