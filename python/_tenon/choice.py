"""What resolveChoice and toDF take to make columns of several types one, as the worker has it."""
from pyspark.errors.exceptions.base import IllegalArgumentException

# What ResolveOption calls the actions of resolveChoice.
_ACTIONS = {"KeepAsStruct": "make_struct", "Project": "project", "Cast": "cast"}


def node_fields(specs, choice):
    """The fields of a node for specs, a list of (path, action), or one action of choice for every choice; never both."""
    if choice and specs:
        raise ValueError("resolveChoice takes specs or choice, not both")
    if choice:
        if not isinstance(choice, str):
            raise IllegalArgumentException("resolveChoice: choice is a text, not %r" % (choice,))
        return {"text": choice}
    pairs = list(specs or [])
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise IllegalArgumentException("resolveChoice: specs are (path, action) pairs, got %r" % (pair,))
    return {"resolutions": [{"path": path, "action": action} for path, action in pairs]}


def specs_of(options):
    """The specs that a list of ResolveOption stands for."""
    specs = []
    for option in options:
        action = _ACTIONS.get(getattr(option, "action", None))
        if action is None:
            raise IllegalArgumentException("toDF: an option is a ResolveOption with an action of %s, got %r"
                                           % (", ".join(sorted(_ACTIONS)), option))
        if action != "make_struct":
            target = option.target
            if target is None:
                raise IllegalArgumentException("toDF: ResolveOption %s of %s needs a target type" % (option.action, option.path))
            action += ":" + (target if isinstance(target, str) else target.typeName())
        specs.append((option.path, action))
    return specs
