-- Who may do what in the database of the views. Run once in it, as a superuser, after roles.sql.
-- What a view's next version or a rebuild creates later gets its rights by the default privileges below: nobody has to
-- remember them. deploy/README.md has the same as a table.

-- Nothing is anybody's by itself.
REVOKE ALL ON DATABASE nabij FROM PUBLIC;

REVOKE ALL ON DATABASE postgres FROM PUBLIC;

REVOKE ALL ON DATABASE template1 FROM PUBLIC;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

GRANT CONNECT ON DATABASE nabij TO nabij_projector, nabij_alerts, nabij_api, nabij_cli;

-- These two write views: a schema of their own for each version, and a fresh one for each rebuild.
GRANT CREATE ON DATABASE nabij TO nabij_projector, nabij_alerts;

-- The engine's control tables: the owner's, so that no service can change their shape.
CREATE SCHEMA nabij AUTHORIZATION nabij;

GRANT USAGE ON SCHEMA nabij TO nabij_projector, nabij_alerts, nabij_api, nabij_cli;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij IN SCHEMA nabij
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nabij_projector, nabij_alerts;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij IN SCHEMA nabij GRANT SELECT ON TABLES TO nabij_api, nabij_cli;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij IN SCHEMA nabij GRANT EXECUTE ON FUNCTIONS TO nabij_projector, nabij_alerts;

-- Views are read by the interface, by exports and by the rules that watch a figure, and written by nobody but their owner.
ALTER DEFAULT PRIVILEGES FOR ROLE nabij_projector GRANT USAGE ON SCHEMAS TO nabij_api, nabij_cli, nabij_alerts;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij_projector GRANT SELECT ON TABLES TO nabij_api, nabij_cli, nabij_alerts;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij_projector REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij_alerts GRANT USAGE ON SCHEMAS TO nabij_api, nabij_cli;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij_alerts GRANT SELECT ON TABLES TO nabij_api, nabij_cli;

ALTER DEFAULT PRIVILEGES FOR ROLE nabij_alerts REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

