-- What the attempts of runs hold of the capacity: one row per attempt, since the addresses of one that has ended may come
-- back after the next has begun. until is when a draining lease ends, 0 for none.
CREATE TABLE lease_2 (
    run     {{text}} NOT NULL,
    attempt {{int}}  NOT NULL,
    region  {{text}} NOT NULL,
    phase   {{text}} NOT NULL,
    vector  {{blob}} NOT NULL,
    since   {{int}}  NOT NULL,
    until   {{int}}  NOT NULL,
    PRIMARY KEY (run, attempt)
) {{rowless}};
INSERT INTO lease_2 (run, attempt, region, phase, vector, since, until)
    SELECT run, attempt, region, phase, vector, since, 0 FROM lease;
DROP TABLE lease;
ALTER TABLE lease_2 RENAME TO lease;
