class Unremovable:
    """A Synapse module for the tests: a user whose name begins with "unremovable" can't leave a room."""

    def __init__(self, config, api):
        api.register_third_party_rules_callbacks(check_event_allowed=self.check)

    async def check(self, event, state):
        leaves = event.type == "m.room.member" and event.content.get("membership") == "leave"
        return not (leaves and event.state_key.startswith("@unremovable-")), None
