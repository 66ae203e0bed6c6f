import os


class SynapseUsers:
    """A Synapse module for the tests: users who can't leave a room, users who must not leave it yet, and rooms that must not
    be shut down."""

    def __init__(self, config, api):
        self.api = api
        self.held = config["held"]
        api.register_third_party_rules_callbacks(
            check_event_allowed=self.check, check_can_shutdown_room=self.check_shutdown
        )

    async def check(self, event, state):
        if event.type != "m.room.member" or event.content.get("membership") != "leave":
            return True, None
        while os.path.exists(os.path.join(self.held, event.state_key)):
            await self.api.sleep(0.05)
        return not event.state_key.startswith("@unremovable-"), None

    async def check_shutdown(self, user_id, room_id):
        return not os.path.exists(os.path.join(self.held, room_id))
