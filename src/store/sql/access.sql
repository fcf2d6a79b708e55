-- Users, roles, sessions.

-- name: user_by_login
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at
from app_user where login = $1;

-- name: user_by_id
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at
from app_user where user_id = $1;

-- name: user_lock
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at
from app_user where user_id = $1 /*postgres: for update*/;

-- name: user_page
select user_id, login, name, area_code, provider_id, '', must_change, state, failed_count, locked_until,
    password_at, last_login_at
from app_user
where login > $1 and (login like $2 escape '!' or name like $2 escape '!') and ($3 = '' or state = $3)
    and area_code like $4 escape '!'
order by login limit $5;

-- name: user_page_down
select user_id, login, name, area_code, provider_id, '', must_change, state, failed_count, locked_until,
    password_at, last_login_at
from app_user
where ($1 = '' or login < $1) and (login like $2 escape '!' or name like $2 escape '!') and ($3 = '' or state = $3)
    and area_code like $4 escape '!'
order by login desc limit $5;

-- name: user_count
select count(*) from app_user
where (login like $1 escape '!' or name like $1 escape '!') and ($2 = '' or state = $2) and area_code like $3 escape '!';

-- name: user_add
insert into app_user (user_id, login, name, area_code, provider_id, password_hash, must_change, state, password_at,
    created_at)
values ($1, $2, $3, $4, $5, $6, 1, 'active', $7, $8);

-- name: user_change
update app_user set name = $2, state = $3 where user_id = $1;

-- name: user_failures
update app_user set failed_count = $2, locked_until = $3 where user_id = $1;

-- name: user_signed_in
update app_user set failed_count = 0, locked_until = 0, last_login_at = $2 where user_id = $1;

-- name: user_password
update app_user set password_hash = $2, must_change = $3, password_at = $4, failed_count = 0, locked_until = 0
where user_id = $1;

-- name: user_roles
select role from user_role where user_id = $1 order by role;

-- name: user_rights
select distinct r.access from user_role u join role_right r on r.role = u.role where u.user_id = $1 order by 1;

-- name: user_role_clear
delete from user_role where user_id = $1;

-- name: user_role_add
insert into user_role (user_id, role) values ($1, $2);

-- name: role_rights
select role, access from role_right order by role, access;

-- name: role_right_add
insert into role_right (role, access) values ($1, $2);

-- name: session_by_digest
select u.user_id, u.login, u.name, u.area_code, u.provider_id, '', u.must_change, u.state, u.failed_count,
    u.locked_until, u.password_at, u.last_login_at, s.csrf, s.created_at, s.seen_at
from user_session s join app_user u on u.user_id = s.user_id
where s.token_digest = $1;

-- name: session_add
insert into user_session (token_digest, user_id, csrf, created_at, seen_at, address) values ($1, $2, $3, $4, $5, $6);

-- name: session_seen
update user_session set seen_at = $2 where token_digest = $1;

-- name: session_drop
delete from user_session where token_digest = $1;

-- name: session_drop_of_user
delete from user_session where user_id = $1;

-- name: session_drop_others
delete from user_session where user_id = $1 and token_digest <> $2;

-- name: session_sweep
delete from user_session where created_at < $1 or seen_at < $2;

-- name: sessions_of_user
select token_digest from user_session where user_id = $1 order by created_at, token_digest;

-- name: access_version
select version from reference_change where topic = 'access';
