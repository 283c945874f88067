-- Each event gets the hash that chains it to the one before. The rows are copied by the program, which computes the hashes:
-- chainOld, after which event_2 is dropped.
ALTER TABLE event RENAME TO event_2;
CREATE TABLE event (
    seq     {{int}}  PRIMARY KEY,
    at      {{int}}  NOT NULL,
    region  {{text}} NOT NULL,
    kind    {{text}} NOT NULL,
    job     {{text}} NOT NULL,
    run     {{text}} NOT NULL,
    attempt {{int}}  NOT NULL,
    who     {{text}} NOT NULL,
    detail  {{blob}},
    hash    {{blob}} NOT NULL
) {{strict}};
