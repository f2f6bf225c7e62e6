//! Values in a file: totals of all children, and what one has told last.

use std::{collections::BTreeMap, sync::Arc};

use crate::fleet::{
    merge::{
        exact::Exact,
        family::Shape,
        native::{Native, Total as NativeTotal},
        value::{Last, Total},
    },
    wire::{
        reader::{Fault, Reader},
        writer::Write,
    },
};

/// Writes a total. What is of the moment is not kept.
pub(super) fn write_total(out: &mut Vec<u8>, total: &Total) {
    match total {
        Total::Counter(count) => {
            out.byte(1);
            out.number(*count);
        }
        Total::Float(sum) => {
            out.byte(2);
            write_exact(out, *sum);
        }
        Total::Gauge(_) => out.byte(3),
        Total::Histogram { counts, sum, .. } => {
            out.byte(4);
            out.list(counts.iter(), |out, count| out.number(*count));
            write_exact(out, *sum);
        }
        Total::Native(None) => out.byte(5),
        Total::Native(Some(total)) => {
            out.byte(6);
            write_native(out, &total.bins);
            write_exact(out, total.sum);
        }
        Total::Summary(total) => {
            out.byte(7);
            out.number(total.count);
            write_exact(out, total.sum);
        }
    }
}

/// Reads a total into one that is of the same kind and has nothing in it.
pub(super) fn read_total(reader: &mut Reader<'_>, total: &mut Total) -> Result<(), Fault> {
    match (reader.byte()?, &mut *total) {
        (1, Total::Counter(count)) => *count = reader.number()?,
        (2, Total::Counter(_)) => *total = Total::Float(read_exact(reader)?),
        (3, Total::Gauge(_)) | (5, Total::Native(None)) => {}
        (4, Total::Histogram { counts, sum, .. }) => {
            let read = reader.list(Reader::number)?;
            if read.len() != counts.len() {
                return Err(Fault::Undeclared);
            }
            counts.iter_mut().zip(read.iter()).for_each(|(count, read)| *count = read);
            *sum = read_exact(reader)?;
        }
        (6, Total::Native(total)) => {
            let bins = read_native(reader)?;
            *total = Some(Box::new(NativeTotal { bins, sum: read_exact(reader)? }));
        }
        (7, Total::Summary(total)) => {
            total.count = reader.number()?;
            total.sum = read_exact(reader)?;
        }
        _ => return Err(Fault::Kind),
    }
    Ok(())
}

pub(super) fn write_last(out: &mut Vec<u8>, last: &Last) {
    match last {
        Last::Nothing => out.byte(0),
        Last::Counter(count) => {
            out.byte(1);
            out.number(*count);
        }
        Last::Float(sum) => {
            out.byte(2);
            out.float(*sum);
        }
        Last::Histogram(counts, sum) => {
            out.byte(4);
            out.list(counts.iter(), |out, count| out.number(*count));
            out.float(*sum);
        }
        Last::Native(native) => {
            out.byte(6);
            write_native(out, native);
        }
        Last::Summary(count, sum) => {
            out.byte(7);
            out.number(*count);
            out.float(*sum);
        }
    }
}

pub(super) fn read_last(reader: &mut Reader<'_>) -> Result<Last, Fault> {
    Ok(match reader.byte()? {
        0 => Last::Nothing,
        1 => Last::Counter(reader.number()?),
        2 => Last::Float(reader.float()?),
        4 => Last::Histogram(reader.list(Reader::number)?.iter().collect(), reader.float()?),
        6 => Last::Native(Box::new(read_native(reader)?)),
        7 => Last::Summary(reader.number()?, reader.float()?),
        _ => return Err(Fault::Kind),
    })
}

pub(super) fn write_shape(out: &mut Vec<u8>, total: &Total) {
    match total {
        Total::Histogram { bounds, .. } => out.list(bounds.iter(), |out, bound| out.float(*bound)),
        _ => out.number(0),
    }
}

pub(super) fn read_shape(reader: &mut Reader<'_>) -> Result<Shape, Fault> {
    let bounds: Arc<[f64]> = reader.list(Reader::float)?.iter().collect();
    Ok(if bounds.is_empty() { Shape::Native } else { Shape::Classic(bounds) })
}

fn write_exact(out: &mut Vec<u8>, sum: Exact) {
    sum.parts().into_iter().for_each(|part| out.float(part));
}

fn read_exact(reader: &mut Reader<'_>) -> Result<Exact, Fault> {
    Ok(Exact::of_parts([reader.float()?, reader.float()?]))
}

fn write_native(out: &mut Vec<u8>, native: &Native) {
    out.signed(native.schema);
    out.float(native.zero_threshold);
    out.number(native.zero_count);
    for bins in native.sides() {
        out.list(bins.iter(), |out, (bin, count)| {
            out.signed(*bin);
            out.number(*count);
        });
    }
    out.float(native.sum);
}

fn read_native(reader: &mut Reader<'_>) -> Result<Native, Fault> {
    let (schema, zero_threshold, zero_count) = (reader.signed()?, reader.float()?, reader.number()?);
    let mut side = || -> Result<BTreeMap<i32, u64>, Fault> {
        let bins = reader.list(|reader| Ok((reader.signed()?, reader.number()?)))?;
        Ok(bins.iter().collect())
    };
    let sides = [side()?, side()?];
    Native::of_parts(schema, zero_threshold, zero_count, sides, reader.float()?).ok_or(Fault::Number)
}
