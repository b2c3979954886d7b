//! How the machine's and the decoder's own types look in JSON. Kept here so
//! that neither of them knows of serialization.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::machine::state::{State, StateSet};
use crate::segment::Socket;

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for State {
    fn schema_name() -> Cow<'static, str> {
        "State".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": State::ALL.map(State::as_str)})
    }
}

impl Serialize for StateSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl JsonSchema for StateSet {
    fn schema_name() -> Cow<'static, str> {
        "StateSet".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<State>>::json_schema(generator)
    }
}

impl Serialize for Socket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut socket = serializer.serialize_struct("Socket", 2)?;
        socket.serialize_field("ip", &self.ip)?;
        socket.serialize_field("port", &self.port)?;
        socket.end()
    }
}

impl JsonSchema for Socket {
    fn schema_name() -> Cow<'static, str> {
        "Socket".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "ip": {"type": "string", "description": "IPv4 or IPv6 address"},
                "port": {"type": "integer", "minimum": 0, "maximum": 65535}
            },
            "required": ["ip", "port"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_sockets_look_as_the_contract_says() {
        let set = StateSet::of(&[State::TimeWait, State::FinWait1]);
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"["FIN-WAIT-1","TIME-WAIT"]"#
        );
        let socket = Socket {
            ip: "2001:db8::1".parse().unwrap(),
            port: 80,
        };
        assert_eq!(
            serde_json::to_string(&socket).unwrap(),
            r#"{"ip":"2001:db8::1","port":80}"#
        );
    }
}
