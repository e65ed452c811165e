-- Durable workflow runs in one database.
--
-- The log of a run (workflow_log) is the truth, and the only place where its steps, sleeps and state are stored. What runs are
-- found by (their rows, attributes and hooks) is written in the same transaction as the events that change it. A message
-- (queue_messages) is work that somebody has to take up: a run that is not over has exactly one, so has each of its queued
-- steps that is open, and a plain message is work by itself.
--
-- Rows are appended in commit order and found through few compact indexes, because what a commit costs is the
-- number of pages it touches. Instants are Unix milliseconds in UTC and end in _at. There are no foreign keys: writes
-- are units that keep the tables together. Tables are STRICT, so that types need no checks. Checks compare with OR: for a list
-- behind IN with more than two entries SQLite builds a table whenever a row is written, which takes longer than writing the row.
-- No check and no condition of an index calls a function: SQLite would keep a journal of its own for every statement that writes
-- several rows.

-- What must hold before a unit is written. Inserting into this view stores nothing; a kind that does not hold fails with
-- the message 'guard: <kind>', and whoever writes undoes the unit. A turn asks for its lease with the row that it appends: without it,
-- that has no position, and the check 'guard: lease' refuses it.
--   lease            the writer still owns the message in whose name it writes
--   run              the run exists and is not over
--   hook             the hook exists
--   run_changed      the run is as it was when the event was allowed
--   run_too_new      the run was made by a runtime that this library knows
--   run_over         the run is not over
--   hook_missing     there is such a hook
--   stream_open      the stream is not closed
--   known            the run exists
--   over             the run is over
--   cascaded         the children that end with the run have been cancelled
CREATE VIEW guard AS SELECT NULL AS kind, NULL AS holds WHERE FALSE;

-- FAIL and not ABORT: there is nothing of the statement to undo, and to be ready for that costs time.
CREATE TRIGGER guard_insert INSTEAD OF INSERT ON guard
WHEN NEW.kind IS NOT NULL AND NOT coalesce(NEW.holds, 0)
BEGIN
    SELECT RAISE(FAIL, 'guard: lease') WHERE NEW.kind = 'lease';
    SELECT RAISE(FAIL, 'guard: run') WHERE NEW.kind = 'run';
    SELECT RAISE(FAIL, 'guard: hook') WHERE NEW.kind = 'hook';
    SELECT RAISE(FAIL, 'guard: run_changed') WHERE NEW.kind = 'run_changed';
    SELECT RAISE(FAIL, 'guard: run_too_new') WHERE NEW.kind = 'run_too_new';
    SELECT RAISE(FAIL, 'guard: run_over') WHERE NEW.kind = 'run_over';
    SELECT RAISE(FAIL, 'guard: hook_missing') WHERE NEW.kind = 'hook_missing';
    SELECT RAISE(FAIL, 'guard: known') WHERE NEW.kind = 'known';
    SELECT RAISE(FAIL, 'guard: over') WHERE NEW.kind = 'over';
    SELECT RAISE(FAIL, 'guard: cascaded') WHERE NEW.kind = 'cascaded';
    SELECT RAISE(FAIL, 'guard: stream_open') WHERE NEW.kind = 'stream_open';
    SELECT RAISE(FAIL, 'there is no such kind of guard');
END;

-- The same for turns, which are most of what is written: with five kinds and not with all of them, because a server compiles
-- a statement anew each time that it is executed, and with it the trigger.
CREATE VIEW turn_guard AS SELECT NULL AS kind WHERE FALSE;

CREATE TRIGGER turn_guard_insert INSTEAD OF INSERT ON turn_guard
WHEN NEW.kind IS NOT NULL
BEGIN
    SELECT RAISE(FAIL, 'guard: lease') WHERE NEW.kind = 'lease';
    SELECT RAISE(FAIL, 'guard: run') WHERE NEW.kind = 'run';
    SELECT RAISE(FAIL, 'guard: run_paused') WHERE NEW.kind = 'run_paused';
    SELECT RAISE(FAIL, 'guard: step_over') WHERE NEW.kind = 'step_over';
    SELECT RAISE(FAIL, 'guard: unheard') WHERE NEW.kind = 'unheard';
    SELECT RAISE(FAIL, 'there is no such kind of guard');
END;

CREATE TABLE workflow_runs (
    run_key          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,  -- what other tables refer to; never used twice
    run_id           TEXT    NOT NULL UNIQUE,                     -- wrun_ and a ULID
    workflow_name    TEXT    NOT NULL,
    workflow_version INTEGER NOT NULL CHECK (workflow_version >= 1),
    status           TEXT    NOT NULL CHECK (
                         status = 'pending' OR status = 'running' OR status = 'paused' OR
                         status = 'completed' OR status = 'failed' OR status = 'cancelled'),
    seed             BLOB    NOT NULL,                            -- ids and random numbers of the workflow derive from it
    spec_version     INTEGER,                                     -- of the runtime that drives the run; null = the one of this library
    attributes       TEXT,                                        -- a JSON object of texts; null = none
    blocked_reason   TEXT,                                        -- why the run does not go on although it is not over
    ended_position   INTEGER,                                     -- the event that ended the run and holds its result
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    completed_at     INTEGER,
    retention_ms     INTEGER CHECK (retention_ms IS NULL OR retention_ms >= -1),  -- kept this long after its end; -1 = for ever; null = as the world says
    parent_run_id    TEXT,                                        -- the run that began it, also once that is deleted; null = none
    child_id         TEXT,                                        -- which child of its parent it is
    parent_close_policy TEXT CHECK (
                         parent_close_policy IS NULL OR parent_close_policy = 'cancel' OR parent_close_policy = 'abandon'),
    parent_waits     INTEGER NOT NULL DEFAULT 0 CHECK (parent_waits = 0 OR parent_waits = 1)  -- 1 = its parent is to hear of its end
) STRICT;

-- Serves runs.list_by_status, list_by_status_backwards and count. Its rows are few bytes: a run moves in it when it begins and when it ends.
CREATE INDEX workflow_runs_status ON workflow_runs (status, workflow_name);

-- Serves runs.list_children and list_children_backwards.
CREATE INDEX workflow_runs_parent ON workflow_runs (parent_run_id, run_key) WHERE parent_run_id IS NOT NULL;

-- Serves cascades.add_children, add_child and list_children, children.give_up: children that are not over.
CREATE INDEX workflow_runs_children ON workflow_runs (parent_run_id, child_id)
WHERE parent_run_id IS NOT NULL AND ended_position IS NULL;

-- Serves runs.list_expired: runs that are over and have no retention of their own.
CREATE INDEX workflow_runs_over ON workflow_runs (completed_at) WHERE completed_at IS NOT NULL AND retention_ms IS NULL;

-- Serves runs.list_own_expired: runs that are over, by the instant at which their own retention ends.
CREATE INDEX workflow_runs_expiring ON workflow_runs (completed_at + retention_ms) WHERE completed_at IS NOT NULL AND retention_ms >= 0;

-- What runs are found by: their column attributes once more, in the order of runs.list_by_attribute.
CREATE TABLE workflow_attributes (
    name    TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    run_key INTEGER NOT NULL,
    PRIMARY KEY (name, value, run_key)
) STRICT, WITHOUT ROWID;

-- The logs of runs. What a turn or a call appends is one row, or several when it is large. An event is an array of its type, the id
-- of what it is about, further data as a JSON object, and its payload where that is short JSON; what is missing at the end is left out:
-- ["step_completed","step_1",null,{"total":12}]. An event is known by its position in its run.
CREATE TABLE workflow_log (
    log_key        INTEGER NOT NULL PRIMARY KEY,                  -- order of arrival over all runs; never comes back
    run_key        INTEGER NOT NULL,
    first          INTEGER CONSTRAINT "guard: lease" CHECK (first IS NOT NULL),  -- the position of its first event: 1, 2, 3, … in each run, without gaps
    last           INTEGER NOT NULL CHECK (last >= first),        -- the position of its last event
    created_at     INTEGER NOT NULL,                              -- of the events that have no instant ("at") of their own
    correlation_id TEXT,                                          -- the id that its events are about, if that has more than 20 characters
    events         TEXT    NOT NULL,                              -- an array of events
    payloads       BLOB                                           -- those that are not short JSON, one behind the other; "bytes" of an event says where
) STRICT;

-- Serves whatever reads or appends to the log of a run; two writers cannot take the same position.
CREATE UNIQUE INDEX workflow_log_place ON workflow_log (run_key, first);

-- Serves log.list_correlated. The ids that the runtime of this library gives are short, and found by run and position.
CREATE INDEX workflow_log_correlation ON workflow_log (correlation_id) WHERE correlation_id IS NOT NULL;

-- What steps that execute report on their way. It is no part of the log, and goes when its step has completed.
CREATE TABLE step_progress (
    run_key      INTEGER NOT NULL,
    step_id      TEXT    NOT NULL,
    attempt      INTEGER NOT NULL CHECK (attempt >= 1),           -- which has reported last
    progress     BLOB,                                            -- null = it only said that it is alive
    heartbeat_at INTEGER NOT NULL,
    PRIMARY KEY (run_key, step_id)
) STRICT, WITHOUT ROWID;

-- Hooks that can still receive. A hook that is used up, or whose run is over, has no row.
CREATE TABLE workflow_hooks (
    hook_key         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,  -- cursors of lists; never used twice
    run_key          INTEGER NOT NULL,
    hook_id          TEXT    NOT NULL,
    token            TEXT    NOT NULL UNIQUE,                     -- one living hook per token, over all runs
    once             INTEGER NOT NULL CHECK (once = 0 OR once = 1),  -- 1 = the first payload uses it up
    created_position INTEGER NOT NULL
) STRICT;

-- Serves hooks.use_by_id, dispose, delete_all and find.
CREATE UNIQUE INDEX workflow_hooks_id ON workflow_hooks (run_key, hook_id);

-- Serves hooks.list_of_run: those of one run, in the order in which they were made.
CREATE INDEX workflow_hooks_run ON workflow_hooks (run_key);

-- Runs that are to be cancelled, and may not be yet, because their parent is over or its code gave them up.
CREATE TABLE cascades (
    cascade_key INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,       -- order of arrival; never used twice
    run_key     INTEGER NOT NULL,                                 -- the parent
    child_id    TEXT                                              -- the one child that was given up; null = the parent is over
) STRICT;

-- Serves runs.list_expired, list_own_expired and the guard of a deletion: a parent is deleted when its children have been cancelled.
CREATE INDEX cascades_parent ON cascades (run_key);

-- Work that somebody has to take up: runs, queued steps, and plain messages. A finished message is deleted, a dead one kept.
CREATE TABLE queue_messages (
    message_key      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,  -- order of arrival
    message_id       TEXT    NOT NULL,                            -- msg_ and a ULID; for a run, the ULID of the run; for a step, that, _ and the id of the step
    queue_name       TEXT    NOT NULL,                            -- for a run, __wkf_workflow_ and the name of the workflow; for a step, __wkf_step_ and its name
    workflow_version INTEGER NOT NULL CHECK (workflow_version >= 0),  -- 0 = a plain message; 1 for a step
    run_key          INTEGER CHECK ((run_key IS NULL) = (workflow_version = 0)),
    step_id          TEXT    CHECK (step_id IS NULL OR (run_key IS NOT NULL AND workflow_version = 1)),  -- of a queued step
    due_at           INTEGER,                                     -- not before; below 0 = ready, since when less 60,000,000,000,000 ms; null = waits for a wake-up
    lease_ends_at    INTEGER NOT NULL DEFAULT 0,                  -- 0 = no worker has it
    lease_owner      TEXT,                                        -- the worker that holds, or last held, it
    lease_token      TEXT,                                        -- tells this claim of the message from every earlier one
    wakes            INTEGER NOT NULL DEFAULT 0,                  -- counts wake-ups, so that parking cannot lose one
    attempt          INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),   -- deliveries
    failures         INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- failed deliveries since the last turn
    interruptions    INTEGER NOT NULL DEFAULT 0 CHECK (interruptions >= 0),  -- deliveries whose process died or hung; of a run, since nothing of it that was interrupted is open
    lane             INTEGER NOT NULL DEFAULT 0 CHECK (lane >= 0 AND lane <= 3),  -- 0 = anybody may take it up, 1 = whoever has a slot, 2 = a few at a time, 3 = one at a time
    claimed_ahead    INTEGER NOT NULL DEFAULT 0 CHECK (claimed_ahead = 0 OR claimed_ahead = 1),  -- 1 = claimed, a plain message, before there was a slot for it
    created_at       INTEGER NOT NULL,
    payload          BLOB CHECK ((payload IS NULL) = (run_key IS NOT NULL)),  -- of a plain message, byte for byte or as codecs leave it
    headers          TEXT,                                        -- of a plain message, a JSON object, or base64 of a frame of it; null = none
    keyed            INTEGER NOT NULL DEFAULT 0 CHECK (keyed = 0 OR keyed = 1),  -- 1 = it was sent with an idempotency key
    max_failures     INTEGER CHECK (max_failures IS NULL OR max_failures >= 1),  -- dead after so many; null = never
    dead_at          INTEGER CHECK (dead_at IS NULL OR (due_at IS NULL AND lease_ends_at = 0))  -- given up; kept for people
) STRICT;

-- Serves queue.claim, queue.claim_plain, queue.claim_ahead, queue.due_names, queue.next_due, overdue.list_queues and queued_steps.list_due: what nobody has, in due order.
CREATE INDEX queue_messages_claimable ON queue_messages (queue_name, workflow_version, lane, due_at) WHERE lease_ends_at = 0;

-- Serves queue.lapsed, and whoever asks for all that one worker has, which is seldom: end_leases, give_back_leases, give_back_claim,
-- take_up, workers.delete_idle, overdue.list_queues.
CREATE INDEX queue_messages_leased ON queue_messages (lease_ends_at) WHERE lease_ends_at > 0;

-- Serves queue.next_lapse and queue.end_visibility: what receivers have.
CREATE INDEX queue_messages_pulled ON queue_messages (lease_ends_at) WHERE lease_owner = 'pull' AND lease_ends_at > 0;

-- Serves queue.wake_run, wake_by_hook, wake_by_child, delete_of_run, delete_runs and overdue.list_of_runs; a run has one message beside those of its steps.
CREATE UNIQUE INDEX queue_messages_run ON queue_messages (run_key) WHERE run_key IS NOT NULL AND step_id IS NULL;

-- Serves queue.delete_step, queue.delete_steps, queue.resume_steps and overdue.list_of_runs.
CREATE UNIQUE INDEX queue_messages_steps ON queue_messages (run_key, step_id) WHERE step_id IS NOT NULL;

-- Serves idempotency.release, sweep and postpone. Most messages are never looked for by their id, which nobody makes twice.
CREATE INDEX queue_messages_keyed ON queue_messages (message_id) WHERE keyed = 1;

-- Serves queue.redrive and queue.delete_dead.
CREATE INDEX queue_messages_dead_id ON queue_messages (message_id) WHERE dead_at IS NOT NULL;

-- Serves queue.list_dead, queue.redrive_all and queue.delete_all_dead.
CREATE INDEX queue_messages_dead ON queue_messages (queue_name, message_key) WHERE dead_at IS NOT NULL;

-- Serves dead_messages.list_expired.
CREATE INDEX queue_messages_expiring ON queue_messages (dead_at) WHERE dead_at IS NOT NULL;

-- What keeps a message from being sent twice. A key holds until its message is finished, and at least until expires_at.
CREATE TABLE queue_idempotency (
    entry_key  INTEGER NOT NULL PRIMARY KEY,
    queue_name TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    message_id TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    sweep_at   INTEGER NOT NULL,                                  -- when to look whether the row can go
    UNIQUE (queue_name, key)
) STRICT;

-- Serves idempotency.sweep, is_due and postpone.
CREATE INDEX queue_idempotency_sweep ON queue_idempotency (sweep_at);

-- Texts by which runs of a workflow are started at most once. A key leads to the run that it has started, or the one that this goes on as.
CREATE TABLE run_keys (
    entry_key     INTEGER NOT NULL PRIMARY KEY,
    workflow_name TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    run_id        TEXT    NOT NULL,                               -- which may be deleted
    input         BLOB    NOT NULL,                               -- a hash of the input, as codecs leave it
    kept_ms       INTEGER NOT NULL CHECK (kept_ms >= -1),         -- held this long after the end of the run; -1 = for ever
    expires_at    INTEGER,                                        -- until when it is held although the run is deleted; null = the run is stored, or it is held for ever
    UNIQUE (workflow_name, key)
) STRICT;

-- Serves run_keys.continue and leave_runs.
CREATE INDEX run_keys_run ON run_keys (run_id);

-- Serves run_keys.list_expired.
CREATE INDEX run_keys_expiring ON run_keys (expires_at) WHERE expires_at IS NOT NULL;

-- Streams of bytes. A stream belongs to a run by its public id, because it may be written before its run is stored.
CREATE TABLE streams (
    stream_key  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,       -- what chunks refer to; never used twice
    run_id      TEXT    NOT NULL,
    stream_name TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    closed_at   INTEGER,                                          -- null = more may come
    checked_at  INTEGER,                                          -- when its run was looked for last, and not found; null = it has one
    checked_index INTEGER,                                        -- its last chunk at that time; null = not looked for yet
    UNIQUE (run_id, stream_name)
) STRICT;

-- Serves streams.list_unchecked.
CREATE INDEX streams_unchecked ON streams (checked_at) WHERE checked_at IS NOT NULL;

CREATE TABLE stream_chunks (
    chunk_key   INTEGER NOT NULL PRIMARY KEY,                     -- order of arrival over all streams
    stream_key  INTEGER NOT NULL,
    chunk_index INTEGER NOT NULL CHECK (chunk_index >= 0),        -- 0, 1, 2, … in each stream, without gaps
    data        BLOB    NOT NULL
) STRICT;

-- Serves streams.append, append_known, find, list_tails and list_chunks; two writers cannot take the same place.
CREATE UNIQUE INDEX stream_chunks_place ON stream_chunks (stream_key, chunk_index);

-- What nobody sees any more and is still being cleared away, some rows at a time: log and reports of a run that is
-- deleted, or the chunks of a stream.
CREATE TABLE deletions (
    deletion_key INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,      -- order of deletion; never used twice
    run_key      INTEGER,
    stream_key   INTEGER,
    CHECK ((run_key IS NULL) <> (stream_key IS NULL))
) STRICT;

-- Processes that have the database open. Each holds an operating-system lock on a file of its own beside the database;
-- whoever can take that lock knows that the process is dead.
CREATE TABLE workers (
    worker_id  TEXT    NOT NULL PRIMARY KEY,
    process_id INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Processes that write to the database on a server. Each numbers its flushes, so that none takes effect twice, and others see
-- by the numbers that something was written. In a file, only a look at the health of the database leaves a row.
CREATE TABLE writers (
    writer_id TEXT    NOT NULL PRIMARY KEY,
    flush_no  INTEGER NOT NULL CHECK (flush_no >= 0),             -- the latest flush that took effect, or can never
    refused   TEXT    NOT NULL,                                   -- which of its units were refused; * = it can never take effect
    seen_at   INTEGER NOT NULL                                    -- when it was told the time of the server last, by that clock
) STRICT, WITHOUT ROWID;

-- For people with a database browser: what the logs say about events, steps, sleeps and the state of runs. The library never reads
-- these views.
CREATE VIEW workflow_events AS
SELECT r.run_id, l.first + e.key AS position, e.value ->> 0 AS event_type, e.value ->> 1 AS correlation_id,
       coalesce(e.value ->> '$[2].at', l.created_at) AS created_at, json_remove(e.value -> 2, '$.at', '$.bytes') AS data,
       CASE
           WHEN json_array_length(e.value) > 3 THEN e.value -> 3
           WHEN json_valid(CAST(substr(l.payloads, (e.value ->> '$[2].bytes[0]') + 1, e.value ->> '$[2].bytes[1]') AS TEXT))
               THEN CAST(substr(l.payloads, (e.value ->> '$[2].bytes[0]') + 1, e.value ->> '$[2].bytes[1]') AS TEXT)
           ELSE substr(l.payloads, (e.value ->> '$[2].bytes[0]') + 1, e.value ->> '$[2].bytes[1]') END AS payload,
       l.run_key, l.log_key
FROM workflow_log AS l
JOIN workflow_runs AS r ON r.run_key = l.run_key
CROSS JOIN json_each(l.events) AS e;

CREATE VIEW workflow_steps AS
WITH steps AS (
    SELECT run_id, run_key, correlation_id AS step_id, min(position) AS created_position, max(position) AS latest_position,
           max(CASE WHEN event_type = 'step_completed' OR event_type = 'step_failed' THEN position END) AS ended_position
    FROM workflow_events
    WHERE event_type LIKE 'step!_%' ESCAPE '!'
    GROUP BY run_key, correlation_id)
SELECT s.run_id, s.step_id, c.data ->> '$.stepName' AS step_name,
       CASE
           WHEN e.event_type = 'step_completed' THEN 'completed'
           WHEN e.event_type = 'step_failed' THEN 'failed'
           WHEN l.event_type = 'step_cancelled' OR (r.ended_position IS NOT NULL AND r.spec_version IS NULL) THEN 'cancelled'
           WHEN l.event_type = 'step_started' THEN 'running'
           WHEN l.event_type = 'step_created' AND r.spec_version IS NULL AND c.data ->> '$.mode' IS NULL
                AND c.data ->> '$.awaitsSlot' IS NULL THEN 'running'
           ELSE 'pending' END AS status,
       c.payload AS input, e.payload AS result, c.created_at, e.created_at AS completed_at, p.progress, p.heartbeat_at,
       s.run_key, s.created_position, s.ended_position
FROM steps AS s
JOIN workflow_runs AS r ON r.run_key = s.run_key
JOIN workflow_events AS c ON c.run_key = s.run_key AND c.position = s.created_position
JOIN workflow_events AS l ON l.run_key = s.run_key AND l.position = s.latest_position
LEFT JOIN workflow_events AS e ON e.run_key = s.run_key AND e.position = s.ended_position
LEFT JOIN step_progress AS p ON p.run_key = s.run_key AND p.step_id = s.step_id;

CREATE VIEW workflow_waits AS
SELECT w.run_id, w.correlation_id AS wait_id,
       CASE
           WHEN max(w.event_type = 'wait_completed') THEN 'completed'
           WHEN max(w.event_type = 'wait_cancelled') THEN 'cancelled'
           ELSE 'waiting' END AS status,
       max(CASE WHEN w.event_type = 'wait_created' THEN w.data ->> '$.resumeAt' END) AS resume_at, min(w.created_at) AS created_at,
       w.run_key
FROM workflow_events AS w
JOIN workflow_runs AS r ON r.run_key = w.run_key AND r.ended_position IS NULL
WHERE w.event_type LIKE 'wait!_%' ESCAPE '!'
GROUP BY w.run_key, w.correlation_id;

CREATE VIEW workflow_children AS
SELECT c.run_id, c.correlation_id AS child_id, c.data ->> '$.workflowName' AS workflow_name,
       coalesce(e.data ->> '$.runId', c.data ->> '$.runId') AS child_run_id,
       CASE
           WHEN e.event_type = 'child_ended' THEN e.data ->> '$.runStatus'
           WHEN e.event_type = 'child_cancelled' THEN 'given up'
           ELSE 'running' END AS status,
       e.payload AS result, c.created_at, e.created_at AS ended_at, c.run_key
FROM workflow_events AS c
LEFT JOIN workflow_events AS e ON e.run_key = c.run_key AND e.position = (
    SELECT min(x.position)
    FROM workflow_events AS x
    WHERE x.run_key = c.run_key AND x.correlation_id = c.correlation_id
      AND (x.event_type = 'child_ended' OR x.event_type = 'child_cancelled'))
WHERE c.event_type = 'child_started';

CREATE VIEW workflow_state AS
SELECT s.run_id, s.correlation_id AS key, s.payload AS value, s.created_at AS set_at, max(s.position) AS position, s.run_key
FROM workflow_events AS s
WHERE s.event_type = 'state_set'
GROUP BY s.run_key, s.correlation_id
HAVING s.payload IS NOT NULL;
