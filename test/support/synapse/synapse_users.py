class SynapseUsers:
    """A Synapse module for the tests: users who can't leave a room, and users who take three seconds to leave it."""

    def __init__(self, config, api):
        self.api = api
        api.register_third_party_rules_callbacks(check_event_allowed=self.check)

    async def check(self, event, state):
        if event.type != "m.room.member" or event.content.get("membership") != "leave":
            return True, None
        if event.state_key.startswith("@slow-"):
            await self.api.sleep(3)
        return not event.state_key.startswith("@unremovable-"), None
