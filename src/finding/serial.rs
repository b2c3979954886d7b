//! A finding in JSON: its fields, and what follows from them.

use schemars::Schema;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::{DisplayFilter, Finding};

/// Something that is printed as a string.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // All fields are named, so that a new one cannot be forgotten.
        macro_rules! serialize {
            ($($field:ident),*) => {{
                let Finding { $($field),* } = self;
                let fields = [$(stringify!($field)),*].len();
                let mut finding = serializer.serialize_struct("Finding", fields + 1)?;
                $(finding.serialize_field(stringify!($field), $field)?;)*
                finding
            }};
        }
        let mut finding = serialize!(
            rule,
            name,
            case,
            severity,
            certainty,
            connection,
            capture,
            endpoint,
            blames,
            subject,
            server_port,
            packet,
            related_packets,
            time,
            message,
            expected,
            observed,
            rfc,
            followers,
            fingerprint,
            known,
            fails
        );
        let filter = DisplayFilter::of(self).map(Shown);
        finding.serialize_field("display_filter", &filter)?;
        finding.end()
    }
}

/// Adds to the schema what [`Finding`] itself has not.
pub fn with_display_filter(schema: &mut Schema) {
    let about = "Wireshark's display filter for its packets in the file named by `capture`; \
                 null where there is none.";
    let field = json!({"description": about, "type": ["string", "null"]});
    let properties = schema.get_mut("properties");
    if let Some(properties) = properties.and_then(|properties| properties.as_object_mut()) {
        properties.insert("display_filter".to_owned(), field);
    }
    let required = schema.get_mut("required");
    if let Some(required) = required.and_then(|required| required.as_array_mut()) {
        required.push("display_filter".into());
    }
}
