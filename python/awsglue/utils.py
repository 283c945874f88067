"""awsglue.utils: a job's arguments."""

BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause")

# The older spelling of the bookmark option, and what it means.
CONTINUATION_OPTIONS = {"continuation-enabled": "job-bookmark-enable", "continuation-readonly": "job-bookmark-pause",
                        "continuation-ignore": "job-bookmark-disable"}

# Arguments Glue parses by itself; a script that lists one gets a RuntimeError.
RESERVED = ("job-bookmark-option", "continuation-option", "job-bookmark-from", "job-bookmark-to", "JOB_ID",
            "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption-type", "enable-data-lineage")

# Arguments that are always parsed, never required, and mirror each other.
TEMP_DIRS = ("RedshiftTempDir", "TempDir")


class GlueArgumentError(Exception):
    """A required argument is missing, or one has no value."""


def getResolvedOptions(args, options):
    """The values of the arguments listed in options, from args (sys.argv), by name; hyphens in names become
    underscores. Listed ones are required, others in args are ignored; names may be cut short as argparse allows.
    The result also has the arguments Glue parses by itself, with None where they are absent."""
    for name in options:
        if name in RESERVED:
            raise RuntimeError("Using reserved arguments %s" % name)
    required = [name for name in options if name not in TEMP_DIRS]
    known = list(RESERVED) + list(TEMP_DIRS) + required
    values = _parse(list(args[1:]), known, required)
    missing = ["--" + name for name in required if name not in values]
    if missing:
        raise GlueArgumentError("the following arguments are required: %s" % ", ".join(dict.fromkeys(missing)))
    for name in ("job-bookmark-option", "continuation-option"):
        allowed = BOOKMARK_OPTIONS if name == "job-bookmark-option" else tuple(CONTINUATION_OPTIONS)
        if name in values and values[name] not in allowed:
            raise GlueArgumentError("argument --%s: invalid choice: %r (choose from %s)" % (
                name, values[name], ", ".join(repr(choice) for choice in allowed)))
    out = {name.replace("-", "_"): values.get(name) for name in known}
    _resolve_bookmark(out)
    temp = out["TempDir"] if out["TempDir"] is not None else out["RedshiftTempDir"]
    out["TempDir"] = out["RedshiftTempDir"] = temp
    return out


def _resolve_bookmark(out):
    """Fills job_bookmark_option from its older spelling and default, and checks from and to against it."""
    older = out.pop("continuation_option")
    if out["job_bookmark_option"] is None:
        out["job_bookmark_option"] = CONTINUATION_OPTIONS.get(older, "job-bookmark-disable")
    begin, end = out["job_bookmark_from"], out["job_bookmark_to"]
    if begin is None and end is None:
        return
    if out["job_bookmark_option"] != "job-bookmark-pause":
        given = [name for name, value in (("--job-bookmark-from", begin), ("--job-bookmark-to", end))
                 if value is not None]
        raise RuntimeError("Invalid option(s)" + " ".join(given))
    if not begin or not end:
        raise RuntimeError("Missing option or value for --job-bookmark-%s" % ("to" if begin else "from"))


def _parse(args, known, required):
    """The value of each known argument in args, by name.

    argparse has the rules, and takes longer to import than a short job to start. So the plain case is read here
    (each argument whole, as `--name value` or `--name=value`), and anything else is left to argparse.
    """
    values, i, flags = {}, 0, ["--" + name for name in known] + ["--help"]
    while i < len(args):
        word = args[i]
        i += 1
        if not word.startswith("-"):
            continue  # a value of an argument that nobody asked for
        name, has_value, value = word.partition("=")
        if word == "--" or not word.startswith("--") or " " in name or name == "--help":
            return _parse_with_argparse(args, known)
        if name not in flags:
            if any(flag.startswith(name) for flag in flags):
                return _parse_with_argparse(args, known)
            continue
        if not has_value:
            if i == len(args) or args[i].startswith("-"):
                return _parse_with_argparse(args, known)
            value = args[i]
            i += 1
        values[name[2:]] = value
    return values


def _parse_with_argparse(args, known):
    """_parse by argparse itself, which scripts know in every detail."""
    import argparse

    class Parser(argparse.ArgumentParser):
        """Raises instead of ending the process."""

        def error(self, message):
            raise GlueArgumentError(message)

    parser = Parser()
    for name in dict.fromkeys(known):
        parser.add_argument("--" + name, dest=name)
    found, _ = parser.parse_known_args(args)
    return {name: value for name, value in vars(found).items() if value is not None}
