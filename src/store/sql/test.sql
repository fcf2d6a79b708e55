-- Statements that only the tests of the store use.

-- name: test_reference_add
insert into reference_change (topic, version) values ($1, $2);

-- name: test_reference_set
update reference_change set version = $1 where topic = $2;

-- name: test_take
select version from reference_change where topic = $1 /*postgres: for update*/;

-- name: test_echo
select cast($1 as text), cast($2 as bigint), null;
