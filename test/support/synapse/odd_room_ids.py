from synapse.handlers.room import RoomCreationHandler


class OddRoomIds:
    """A Synapse module for the tests: the first rooms get ids of these local parts, as another homeserver could make them.
    Not those of version 12, whose ids have none."""

    def __init__(self, config, api):
        opaque_parts = iter(config["opaque_parts"])
        usual_id = RoomCreationHandler._generate_room_id

        def generate_room_id(handler):
            opaque = next(opaque_parts, None)
            return usual_id(handler) if opaque is None else f"!{opaque}:{handler.hs.hostname}"

        RoomCreationHandler._generate_room_id = generate_room_id
