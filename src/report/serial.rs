//! How the machine's and the decoder's own types look in JSON. Kept here so
//! that neither of them knows of serialization.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::machine::state::{State, StateSet};
use crate::machine::timeline::Cause;
use crate::report::model::Field;
use crate::segment::Socket;
use crate::tunnel::{Tunnel, TunnelKind};

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("State", *self as u32, self.as_str())
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

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Field {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <&str>::json_schema(generator)
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Cause {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cause".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <&str>::json_schema(generator)
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

impl Serialize for Tunnel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tunnel = serializer.serialize_struct("Tunnel", 3)?;
        tunnel.serialize_field("kind", self.kind.code())?;
        tunnel.serialize_field("id", &self.id)?;
        tunnel.serialize_field("between", &self.ends)?;
        tunnel.end()
    }
}

impl JsonSchema for Tunnel {
    fn schema_name() -> Cow<'static, str> {
        "Tunnel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": TunnelKind::ALL.map(TunnelKind::code)},
                "id": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "maximum": u32::MAX,
                    "description": "Number that both directions share: VNI, key, session"
                },
                "between": {
                    "type": ["array", "null"],
                    "items": {"type": "string", "description": "IPv4 or IPv6 address"},
                    "minItems": 2,
                    "maxItems": 2,
                    "description": "Both ends, where the tunnel runs over IP and goes by them"
                }
            },
            "required": ["kind", "id", "between"]
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

    #[test]
    fn tunnels_look_as_the_contract_says() {
        let (a, b) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let tunnels = [
            Tunnel::between(TunnelKind::GtpU, None, b, a),
            Tunnel::between(TunnelKind::Vxlan, Some(42), a, b),
            Tunnel::endless(TunnelKind::PppoE),
        ];
        let expected = [
            r#"{"kind":"gtp-u","id":null,"between":["10.0.0.1","10.0.0.2"]}"#,
            r#"{"kind":"vxlan","id":42,"between":["10.0.0.1","10.0.0.2"]}"#,
            r#"{"kind":"pppoe","id":null,"between":null}"#,
        ];
        for (tunnel, expected) in tunnels.iter().zip(expected) {
            assert_eq!(serde_json::to_string(tunnel).unwrap(), expected);
        }
        let codes = TunnelKind::ALL.map(TunnelKind::code);
        for (place, code) in codes.iter().enumerate() {
            assert!(!codes[..place].contains(code), "{code}");
        }
    }
}
