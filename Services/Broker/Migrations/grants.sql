-- What the broker's runtime role may do; run after every migration. RUNTIME stands for the quoted name of the role.
GRANT USAGE ON SCHEMA cloakroom TO RUNTIME;
GRANT SELECT ON cloakroom.migration TO RUNTIME;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    cloakroom.broker, cloakroom.session, cloakroom.session_handle, cloakroom.token_grant, cloakroom.access_token,
    cloakroom.target_pause, cloakroom.login_transaction, cloakroom.revocation_queue, cloakroom.session_end TO RUNTIME;
GRANT INSERT ON cloakroom.audit_event TO RUNTIME;
