//! A state: metrics, series and totals in their order, and the children that live, by which series each has.

use std::time::Duration;

use super::parts;
use crate::{
    fleet::{
        merge::{
            family::{About, Found},
            live::Live,
            whole::Whole,
        },
        parent::{process::Process, roster::Roster},
        wire::{
            greeting::{Id, Membership},
            reader::{Fault, Reader},
            writer::Write,
        },
    },
    metric::{block::LabelBlock, kind::Kind},
};

/// The state as it is now. Children that are welcomed from here on are not in it.
pub(crate) fn write(whole: &Whole, roster: &mut Roster) -> Vec<u8> {
    let mut out = Vec::new();
    roster.own.saved += 1;
    out.bytes(&roster.own.lineage);
    out.number(roster.own.saved);
    out.list(whole.families().iter(), |out, family| {
        out.text(&family.original_name);
        out.byte(byte_of(family.kind));
        out.text(&family.help);
        out.text(family.unit.map_or("", |unit| unit.as_str()));
        out.list(family.series.iter(), |out, series| {
            let labels = LabelBlock::new(&series.labels, series.is_classic);
            let mut labels: Vec<_> = labels.iter().collect();
            if series.is_told_apart {
                // The label that tells buckets apart is made again.
                labels.pop();
            }
            out.list(labels.iter(), |out, (name, value)| {
                out.text(name);
                out.text(value);
            });
            out.number(series.started);
            parts::write_shape(out, &series.total);
            parts::write_total(out, &series.total);
        });
    });
    let members: Vec<_> = roster.all().collect();
    out.list(members.into_iter(), |out, (id, member)| {
        out.bytes(id);
        let (pid, began) = member.process.parts();
        out.number(pid.into());
        out.number(began);
        member.live.write(out);
    });
    out
}

/// Takes over a state. The children that it knows are away, and go on where they were when they come back.
///
/// # Errors
/// If it is none; what was taken over until then must not be used.
pub(crate) fn read(bytes: &[u8], whole: &mut Whole, roster: &mut Roster, now: Duration) -> Result<(), Fault> {
    let mut reader = Reader::new(bytes);
    let (lineage, saved): (Id, u64) = (reader.array()?, reader.number()?);
    roster.own = Membership { lineage, saved, ..roster.own };
    roster.loaded = saved;
    for _ in 0..reader.number()? {
        read_family(&mut reader, whole)?;
    }
    for _ in 0..reader.number()? {
        let id: Id = reader.array()?;
        let process = Process::of_parts(reader.small()?, reader.number()?);
        let live = Live::read(&mut reader, whole)?;
        roster.insert(id, live, process, now).away_since = Some(now);
    }
    reader.finish()
}

fn read_family(reader: &mut Reader<'_>, whole: &mut Whole) -> Result<(), Fault> {
    let (name, kind) = (reader.text()?, kind_of(reader.byte()?)?);
    let about = About { name, kind, help: reader.text()?, unit: crate::fleet::merge::whole::unit_of(reader.text()?) };
    let family = whole.restore(about).ok_or(Fault::Name)?;
    for at in 0..reader.number()? {
        let labels = reader.list(|reader| Ok((reader.text()?, reader.text()?)))?;
        let started = reader.number()?;
        let shape = parts::read_shape(reader)?;
        let labels: Vec<(&str, &str)> = labels.iter().collect();
        let found = whole.restore_series(family, &labels, &shape);
        let Some(Found { at: place, is_new: true, .. }) = found else { return Err(Fault::Name) };
        if place as u64 != at {
            return Err(Fault::Count);
        }
        let series = whole.series_mut(family, place);
        series.begin(started);
        parts::read_total(reader, &mut series.total)?;
    }
    Ok(())
}

fn byte_of(kind: Kind) -> u8 {
    match kind {
        Kind::Counter => 1,
        Kind::Gauge => 2,
        Kind::Histogram => 3,
        Kind::Summary => 4,
    }
}

fn kind_of(byte: u8) -> Result<Kind, Fault> {
    [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary]
        .into_iter()
        .find(|kind| byte_of(*kind) == byte)
        .ok_or(Fault::Kind)
}

impl Live {
    fn write(&self, out: &mut Vec<u8>) {
        out.number(self.number.into());
        out.text(&self.role);
        out.number(self.slot.into());
        out.list(self.families.iter(), |out, (id, place)| {
            out.number(*id);
            out.number(place.map_or(0, |at| at as u64 + 1));
        });
        out.list(self.layouts.iter(), |out, (id, bounds)| {
            out.number(*id);
            out.list(bounds.iter(), |out, bound| out.float(*bound));
        });
        out.list(self.series.iter(), |out, (id, held)| {
            out.number(*id);
            let (family, series) = held.place.map_or((0, 0), |(family, series)| (family as u64 + 1, series as u64));
            out.number(family);
            out.number(series);
            out.number(held.started);
            parts::write_last(out, &held.last);
        });
    }

    fn read(reader: &mut Reader<'_>, whole: &Whole) -> Result<Self, Fault> {
        let number = reader.small()?;
        let role = reader.text()?.to_owned();
        let mut live = Self::new(number, &role, reader.small()?);
        let place = |number: u64, most: usize| -> Result<Option<usize>, Fault> {
            let at = usize::try_from(number).map_err(|_| Fault::Number)?;
            if at > most { Err(Fault::Undeclared) } else { Ok(at.checked_sub(1)) }
        };
        let families = whole.families();
        for _ in 0..reader.number()? {
            live.families.insert(reader.number()?, place(reader.number()?, families.len())?);
        }
        for _ in 0..reader.number()? {
            live.layouts.insert(reader.number()?, reader.list(Reader::float)?.iter().collect());
        }
        for _ in 0..reader.number()? {
            let (id, family) = (reader.number()?, place(reader.number()?, families.len())?);
            let series = usize::try_from(reader.number()?).map_err(|_| Fault::Number)?;
            if family.is_some_and(|family| families[family].series.len() <= series) {
                return Err(Fault::Undeclared);
            }
            let place = family.map(|family| (family, series));
            let (started, last) = (reader.number()?, parts::read_last(reader)?);
            live.hold(id, place, started, last);
        }
        Ok(live)
    }
}
