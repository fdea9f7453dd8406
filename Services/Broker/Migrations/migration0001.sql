-- The first schema. All times are this database's clock; what is called sealed is AES-256-GCM ciphertext, made and
-- read by the broker, with the id of its key beside it.

-- Live brokers and the keys they hold, so that no key is used that one of them lacks.
CREATE TABLE cloakroom.broker (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    unit text NOT NULL,
    keys text[] NOT NULL,
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE cloakroom.session (
    -- Internal: it never leaves the three processes.
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    -- What the user's own browser may see: in the list of sessions, and to name the session in a logout.
    public_id bytea NOT NULL UNIQUE CHECK (octet_length(public_id) = 16),
    frontend text NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    -- Blind keys: HMACs of issuer and subject, of issuer and the provider's session id.
    user_key bytea NOT NULL CHECK (octet_length(user_key) = 32),
    sid_key bytea CHECK (octet_length(sid_key) = 32),
    -- Sealed.
    claims bytea NOT NULL,
    claims_key text NOT NULL,
    auth_time timestamptz,
    acr text,
    amr text[] NOT NULL DEFAULT '{}',
    device text,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- On no index, so that writing it is cheap.
    last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Microseconds without activity after which the session is over.
    idle bigint CHECK (idle > 0),
    expires timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX session_user_key ON cloakroom.session (user_key);
CREATE INDEX session_sid_key ON cloakroom.session (sid_key) WHERE sid_key IS NOT NULL;

-- What opens a session. Two for a short grace after a rotation.
CREATE TABLE cloakroom.session_handle (
    handle_hash bytea PRIMARY KEY CHECK (octet_length(handle_hash) = 32),
    session_id bytea NOT NULL REFERENCES cloakroom.session ON DELETE CASCADE,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Set when a newer handle has taken its place.
    expires timestamptz
);
CREATE INDEX session_handle_session ON cloakroom.session_handle (session_id);

-- One authorization at a provider: of a session, or of a user who connected an account.
CREATE TABLE cloakroom.token_grant (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    session_id bytea REFERENCES cloakroom.session ON DELETE CASCADE,
    owner_key bytea CHECK (octet_length(owner_key) = 32),
    provider text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    -- The blind key of who granted it: an answer about anyone else is refused.
    subject_key bytea NOT NULL CHECK (octet_length(subject_key) = 32),
    scope text NOT NULL,
    -- Sealed at this generation.
    refresh_token bytea,
    refresh_key text,
    generation bigint NOT NULL DEFAULT 1,
    -- Who asks the provider now, and until when nobody else does.
    claim bytea CHECK (octet_length(claim) = 16),
    claim_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    last_error text,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    refreshed timestamptz,
    CHECK (num_nonnulls(session_id, owner_key) = 1),
    CHECK (num_nonnulls(refresh_token, refresh_key) IN (0, 2)),
    CHECK (claim IS NULL OR claim_until IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX token_grant_session ON cloakroom.token_grant (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX token_grant_owner ON cloakroom.token_grant (owner_key) WHERE owner_key IS NOT NULL;

CREATE TABLE cloakroom.access_token (
    grant_id bytea NOT NULL REFERENCES cloakroom.token_grant ON DELETE CASCADE,
    target text NOT NULL,
    -- Sealed at this generation.
    token bytea NOT NULL,
    token_key text NOT NULL,
    generation bigint NOT NULL,
    scope text NOT NULL,
    obtained timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    PRIMARY KEY (grant_id, target)
) WITH (fillfactor = 80);

-- A target that the provider refuses is left alone for a while; the grant is not to blame.
CREATE TABLE cloakroom.target_pause (
    grant_id bytea NOT NULL REFERENCES cloakroom.token_grant ON DELETE CASCADE,
    target text NOT NULL,
    until timestamptz NOT NULL,
    error text NOT NULL,
    PRIMARY KEY (grant_id, target)
);

CREATE TABLE cloakroom.login_transaction (
    state_hash bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    -- SHA-256 of the value of the transaction's own cookie.
    browser_hash bytea NOT NULL CHECK (octet_length(browser_hash) = 32),
    frontend text NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    intent text NOT NULL CHECK (intent IN ('login', 'step_up', 'connect')),
    -- The session that began it. No foreign key: it may end first.
    session_id bytea CHECK (octet_length(session_id) = 16),
    redirect_uri text NOT NULL,
    return_to text NOT NULL,
    -- Sealed: nonce, code verifier and what was asked for.
    secrets bytea NOT NULL,
    secrets_key text NOT NULL,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires timestamptz NOT NULL
);
CREATE INDEX login_transaction_expires ON cloakroom.login_transaction (expires);

-- Sessions that ended before their time, for those who have them in memory.
CREATE TABLE cloakroom.session_end (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Sequence numbers become visible out of order; a reader goes by this and its own snapshot instead.
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    session_id bytea NOT NULL,
    reason text NOT NULL,
    ended timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX session_end_transaction ON cloakroom.session_end (transaction);
CREATE INDEX session_end_ended ON cloakroom.session_end (ended);

-- Tokens that the provider is still to be told about.
CREATE TABLE cloakroom.revocation_queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    -- As sealed in token_grant (target is null) or access_token, for this grant, target and generation.
    grant_id bytea NOT NULL,
    target text,
    generation bigint NOT NULL,
    token bytea NOT NULL,
    token_key text NOT NULL,
    -- The owner of the grant, as there.
    session_id bytea,
    owner_key bytea,
    -- For providers at which one revocation ends all grants of a user.
    subject_key bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error text,
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_queue_due ON cloakroom.revocation_queue (due);

-- What happened to whom. Rows are only ever added; seals follow in batches, in a table of their own.
CREATE TABLE cloakroom.audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    frontend text,
    provider text,
    session_id bytea,
    user_key bytea,
    reason text,
    details jsonb
) PARTITION BY RANGE (at);
CREATE TABLE cloakroom.audit_event_rest PARTITION OF cloakroom.audit_event DEFAULT;
CREATE INDEX audit_event_at ON cloakroom.audit_event (at);
