-- Triggers and workflows. A run knows the flow it belongs to: a workflow run or a chain, empty for none.
ALTER TABLE run ADD COLUMN flow {{text}} NOT NULL DEFAULT '';
CREATE INDEX run_flow ON run (flow, seq) WHERE flow <> '';

-- Triggers, workflows and rules are loaded for all regions.
CREATE INDEX definition_kind ON definition (kind, region, name);

-- What a trigger has behind it. doc is the JSON of glue.TriggerProgress.
CREATE TABLE trigger_progress (
    region      {{text}} NOT NULL,
    name        {{text}} NOT NULL,
    incarnation {{int}}  NOT NULL,
    doc         {{blob}} NOT NULL,
    PRIMARY KEY (region, name)
) {{strict}};

-- Decisions to start something that are not carried out yet. doc is the JSON of glue.Fire.
CREATE TABLE fire (
    seq    {{int}}  PRIMARY KEY,
    id     {{text}} NOT NULL,
    region {{text}} NOT NULL,
    flow   {{text}} NOT NULL,
    doc    {{blob}} NOT NULL
) {{strict}};
CREATE UNIQUE INDEX fire_id ON fire (id);
CREATE INDEX fire_flow ON fire (flow);

-- Runs of workflows. doc is the JSON of glue.WorkflowRun; the columns before it repeat what is searched by.
CREATE TABLE workflow_run (
    seq         {{int}}  PRIMARY KEY,
    id          {{text}} NOT NULL,
    region      {{text}} NOT NULL,
    workflow    {{text}} NOT NULL,
    incarnation {{int}}  NOT NULL,
    open        {{int}}  NOT NULL,
    started     {{int}}  NOT NULL,
    doc         {{blob}} NOT NULL
) {{strict}};
CREATE UNIQUE INDEX workflow_run_id ON workflow_run (id);
CREATE INDEX workflow_run_workflow ON workflow_run (region, workflow, incarnation, seq);
CREATE INDEX workflow_run_open ON workflow_run (open, seq) WHERE open = 1;
