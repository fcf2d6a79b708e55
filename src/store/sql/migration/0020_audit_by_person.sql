-- Who did what with a person: lines that settle a bill are found by the settlement, whose numbers rise, all others
-- by the person.  An index by person of every line was one more page at random for each settlement.

drop index audit_by_person;
create index audit_by_person on audit_log (person_id, at, chain, seq) where action <> 'settlement.settle';
create index audit_by_settlement on audit_log (object) where action = 'settlement.settle';
