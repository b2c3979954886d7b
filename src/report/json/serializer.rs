//! JSON straight into one buffer. A report repeats the same few shapes a million times: what a
//! general serializer asks of every octet (where it goes, how it is laid out, whether
//! it needs an escape) is asked here once a word.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{self, Impossible};

use super::string;

/// Octets that are written in one go.
const BLOCK: usize = 1 << 16;

/// Why something could not be written.
#[derive(Debug)]
pub struct Failure(pub io::Error);

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl ser::Error for Failure {
    fn custom<T: Display>(what: T) -> Failure {
        Failure(io::Error::new(io::ErrorKind::InvalidData, what.to_string()))
    }
}

type Written = Result<(), Failure>;

/// Writes JSON with line breaks in the outermost objects and lists, and in the lists that these hold.
pub struct Json<'o> {
    out: &'o mut dyn Write,
    /// What is still to be written.
    octets: Vec<u8>,
    /// Objects and lists around the current place.
    depth: usize,
    /// So many of them have line breaks, and the lists in the innermost of these.
    broken: usize,
}

impl<'o> Json<'o> {
    pub fn new(out: &'o mut dyn Write, broken: usize) -> Json<'o> {
        Json {
            broken,
            out,
            octets: Vec::with_capacity(BLOCK + BLOCK / 4),
            depth: 0,
        }
    }

    /// Ends the last line.
    pub fn end(mut self) -> io::Result<()> {
        self.octets.push(b'\n');
        self.out.write_all(&self.octets)
    }

    fn word(&mut self, word: &str) {
        self.octets.extend_from_slice(word.as_bytes());
    }

    fn number(&mut self, number: impl itoa::Integer) -> Written {
        self.word(itoa::Buffer::new().format(number));
        Ok(())
    }

    /// Opens an object or a list.
    fn inside(&mut self, list: bool) -> Inside<'_, 'o> {
        self.octets.push(if list { b'[' } else { b'{' });
        self.depth += 1;
        let breaks = self.depth <= self.broken + usize::from(list);
        Inside {
            json: self,
            list,
            breaks,
            filled: false,
        }
    }
}

/// An object or a list that is being written.
pub struct Inside<'a, 'o> {
    json: &'a mut Json<'o>,
    list: bool,
    /// Each of its elements begins a line.
    breaks: bool,
    filled: bool,
}

impl Inside<'_, '_> {
    /// Before an element.
    fn next(&mut self) -> Written {
        let octets = &mut self.json.octets;
        if std::mem::replace(&mut self.filled, true) {
            octets.push(b',');
        }
        if self.breaks {
            octets.push(b'\n');
            if octets.len() >= BLOCK {
                self.json.out.write_all(octets).map_err(Failure)?;
                octets.clear();
            }
        }
        Ok(())
    }

    fn close(self) -> Written {
        let octets = &mut self.json.octets;
        if self.filled && self.breaks {
            octets.push(b'\n');
        }
        octets.push(if self.list { b']' } else { b'}' });
        self.json.depth -= 1;
        Ok(())
    }

    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.next()?;
        value.serialize(&mut *self.json)
    }

    /// Names of fields are words of the program: none needs an escape.
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        self.next()?;
        let octets = &mut self.json.octets;
        octets.push(b'"');
        octets.extend_from_slice(name.as_bytes());
        octets.extend_from_slice(b"\":");
        value.serialize(&mut *self.json)
    }
}

fn unknown<T>() -> Result<T, Failure> {
    Err(ser::Error::custom("the report knows no such value"))
}

impl<'a, 'o> ser::Serializer for &'a mut Json<'o> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Inside<'a, 'o>;
    type SerializeTuple = Inside<'a, 'o>;
    type SerializeTupleStruct = Inside<'a, 'o>;
    type SerializeTupleVariant = Impossible<(), Failure>;
    type SerializeMap = Inside<'a, 'o>;
    type SerializeStruct = Inside<'a, 'o>;
    type SerializeStructVariant = Impossible<(), Failure>;

    fn serialize_bool(self, value: bool) -> Written {
        self.word(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.number(value)
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.number(value)
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.number(value)
    }

    fn serialize_i64(self, value: i64) -> Written {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.number(value)
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.number(value)
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.number(value)
    }

    fn serialize_u64(self, value: u64) -> Written {
        self.number(value)
    }

    // Fractions are written as strings, which are exact.
    fn serialize_f32(self, _: f32) -> Written {
        unknown()
    }

    fn serialize_f64(self, _: f64) -> Written {
        unknown()
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Written {
        self.octets.push(b'"');
        string::put(&mut self.octets, value);
        self.octets.push(b'"');
        Ok(())
    }

    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Written {
        self.octets.push(b'"');
        let written = write!(string::Escaped(&mut self.octets), "{value}");
        self.octets.push(b'"');
        written.map_err(ser::Error::custom)
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        unknown()
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.word("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        // A word of the program, as names of fields are.
        self.octets.push(b'"');
        self.word(variant);
        self.octets.push(b'"');
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let mut object = self.inside(false);
        object.field(variant, value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a, 'o>, Failure> {
        Ok(self.inside(true))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'a, 'o>, Failure> {
        Ok(self.inside(true))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a, 'o>, Failure> {
        Ok(self.inside(true))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Failure>, Failure> {
        unknown()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a, 'o>, Failure> {
        Ok(self.inside(false))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a, 'o>, Failure> {
        Ok(self.inside(false))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Failure>, Failure> {
        unknown()
    }
}

impl ser::SerializeSeq for Inside<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.element(value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl ser::SerializeTuple for Inside<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.element(value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl ser::SerializeTupleStruct for Inside<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.element(value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl ser::SerializeMap for Inside<'_, '_> {
    type Ok = ();
    type Error = Failure;

    /// Keys are strings in all maps of the report.
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        self.element(key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.json.octets.push(b':');
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl ser::SerializeStruct for Inside<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        self.field(name, value)
    }

    fn end(self) -> Written {
        self.close()
    }
}
