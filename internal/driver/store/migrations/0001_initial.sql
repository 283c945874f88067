-- Definitions of every kind (jobs, connections, ...). doc is the wire document; tags is a JSON object.
CREATE TABLE definition (
    region      {{text}} NOT NULL,
    kind        {{text}} NOT NULL,
    name        {{text}} NOT NULL,
    incarnation {{int}}  NOT NULL,
    version     {{int}}  NOT NULL,
    created     {{int}}  NOT NULL,
    modified    {{int}}  NOT NULL,
    tags        {{blob}} NOT NULL,
    doc         {{blob}} NOT NULL,
    PRIMARY KEY (region, kind, name)
) {{strict}};

-- Runs. doc is the JSON of glue.JobRun; the columns before it repeat what is searched by.
CREATE TABLE run (
    seq         {{int}}  PRIMARY KEY,
    id          {{text}} NOT NULL,
    region      {{text}} NOT NULL,
    job         {{text}} NOT NULL,
    incarnation {{int}}  NOT NULL,
    state       {{text}} NOT NULL,
    open        {{int}}  NOT NULL,
    submitted   {{int}}  NOT NULL,
    doc         {{blob}} NOT NULL
) {{strict}};
CREATE UNIQUE INDEX run_id ON run (id);
CREATE INDEX run_job ON run (region, job, incarnation, seq);
CREATE INDEX run_region ON run (region, seq);
CREATE INDEX run_open ON run (open, seq) WHERE open = 1;

-- What a run holds of the capacity: one row per run that holds any.
CREATE TABLE lease (
    run     {{text}} PRIMARY KEY,
    region  {{text}} NOT NULL,
    attempt {{int}}  NOT NULL,
    phase   {{text}} NOT NULL,
    vector  {{blob}} NOT NULL,
    since   {{int}}  NOT NULL
) {{rowless}};

-- Everything that happened, append-only.
CREATE TABLE event (
    seq     {{int}}  PRIMARY KEY,
    at      {{int}}  NOT NULL,
    region  {{text}} NOT NULL,
    kind    {{text}} NOT NULL,
    job     {{text}} NOT NULL,
    run     {{text}} NOT NULL,
    attempt {{int}}  NOT NULL,
    who     {{text}} NOT NULL,
    detail  {{blob}}
) {{strict}};

-- Idempotent starts. id is the hash of region, principal, operation, kind and key (StartKey.id).
CREATE TABLE start_key (
    id        {{blob}} PRIMARY KEY,
    kind      {{text}} NOT NULL,
    key       {{text}} NOT NULL,
    result    {{text}} NOT NULL,
    body_hash {{blob}} NOT NULL,
    expires   {{int}}  NOT NULL
) {{rowless}};
CREATE INDEX start_key_expires ON start_key (expires);

-- Job bookmarks. doc is core/bookmark's State, which holds its own bounded history.
CREATE TABLE bookmark (
    region   {{text}} NOT NULL,
    job      {{text}} NOT NULL,
    version  {{int}}  NOT NULL,
    run      {{text}} NOT NULL,
    modified {{int}}  NOT NULL,
    doc      {{blob}} NOT NULL,
    PRIMARY KEY (region, job)
) {{strict}};

-- The files that sources listed and sinks published. run is run.seq; (report, n) is the worker's report and the place in it.
CREATE TABLE run_file (
    run      {{int}}  NOT NULL,
    attempt  {{int}}  NOT NULL,
    report   {{int}}  NOT NULL,
    n        {{int}}  NOT NULL,
    write    {{int}}  NOT NULL,
    ctx      {{text}} NOT NULL,
    path     {{text}} NOT NULL,
    bytes    {{int}}  NOT NULL,
    records  {{int}}  NOT NULL,
    version  {{text}} NOT NULL,
    modified {{int}}  NOT NULL,
    PRIMARY KEY (run, attempt, report, n)
) {{rowless}};

-- The last report applied of each attempt. run is run.seq.
CREATE TABLE report (
    run     {{int}} NOT NULL,
    attempt {{int}} NOT NULL,
    seq     {{int}} NOT NULL,
    PRIMARY KEY (run, attempt)
) {{rowless}};

CREATE TABLE access_key (
    id        {{text}} PRIMARY KEY,
    secret    {{blob}} NOT NULL,
    principal {{text}} NOT NULL,
    created   {{int}}  NOT NULL,
    disabled  {{int}}  NOT NULL
) {{rowless}};

-- Settings made once, and the high-water marks of sequence numbers.
CREATE TABLE meta (
    key   {{text}} PRIMARY KEY,
    value {{blob}} NOT NULL
) {{rowless}};
