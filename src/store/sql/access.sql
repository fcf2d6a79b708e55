-- Users, roles, sessions.

-- name: user_by_login
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at, expires_on,
    (select count(*) from user_factor f where f.user_id = app_user.user_id and f.confirmed_at > 0)
from app_user where login = $1;

-- name: user_by_id
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at, expires_on,
    (select count(*) from user_factor f where f.user_id = app_user.user_id and f.confirmed_at > 0)
from app_user where user_id = $1;

-- name: user_lock
select user_id, login, name, area_code, provider_id, password_hash, must_change, state, failed_count, locked_until,
    password_at, last_login_at, expires_on,
    (select count(*) from user_factor f where f.user_id = app_user.user_id and f.confirmed_at > 0)
from app_user where user_id = $1 /*postgres: for update*/;

-- name: user_page
select user_id, login, name, area_code, provider_id, '', must_change, state, failed_count, locked_until,
    password_at, last_login_at, expires_on,
    (select count(*) from user_factor f where f.user_id = app_user.user_id and f.confirmed_at > 0)
from app_user
where login > $1 and (login like $2 escape '!' or name like $2 escape '!') and ($3 = '' or state = $3)
    and area_code like $4 escape '!'
order by login limit $5;

-- name: user_page_down
select user_id, login, name, area_code, provider_id, '', must_change, state, failed_count, locked_until,
    password_at, last_login_at, expires_on,
    (select count(*) from user_factor f where f.user_id = app_user.user_id and f.confirmed_at > 0)
from app_user
where ($1 = '' or login < $1) and (login like $2 escape '!' or name like $2 escape '!') and ($3 = '' or state = $3)
    and area_code like $4 escape '!'
order by login desc limit $5;

-- name: user_count
select count(*) from app_user
where (login like $1 escape '!' or name like $1 escape '!') and ($2 = '' or state = $2) and area_code like $3 escape '!';

-- name: user_add
insert into app_user (user_id, login, name, area_code, provider_id, password_hash, must_change, state, password_at,
    created_at, expires_on)
values ($1, $2, $3, $4, $5, $6, 1, 'active', $7, $8, $9);

-- name: user_change
update app_user set name = $2, state = $3, expires_on = $4 where user_id = $1;

-- name: user_enabled
update app_user set active_at = $2 where user_id = $1;

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
    u.locked_until, u.password_at, u.last_login_at, u.expires_on,
    (select count(*) from user_factor f where f.user_id = u.user_id and f.confirmed_at > 0),
    s.csrf, s.created_at, s.seen_at, s.sure_at
from user_session s join app_user u on u.user_id = s.user_id
where s.token_digest = $1;

-- name: session_add
insert into user_session (token_digest, user_id, csrf, created_at, seen_at, sure_at, address)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: session_sure
update user_session set sure_at = $2 where token_digest = $1;

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

-- name: users_unused
select user_id, expires_on from app_user
where state = 'active'
    and ((last_login_at < $1 and created_at < $1 and active_at < $1) or (expires_on <> '' and expires_on < $2))
order by user_id;

-- name: user_managers
select u.user_id, length(u.area_code) from app_user u
where u.state = 'active' and (u.expires_on = '' or u.expires_on >= $1) and exists (
    select 1 from user_role g join role_right r on r.role = g.role where g.user_id = u.user_id and r.access = 'user.write')
order by length(u.area_code), u.last_login_at desc, u.user_id;

-- name: user_disable
update app_user set state = 'disabled' where user_id = $1;

-- name: password_past
select password_hash from user_password_past where user_id = $1 order by at desc, password_hash limit $2;

-- name: password_past_add
insert into user_password_past (user_id, password_hash, at) values ($1, $2, $3);

-- name: password_past_sweep
delete from user_password_past where user_id = $1 and password_hash not in (
    select password_hash from user_password_past where user_id = $1 order by at desc, password_hash limit $2);

-- name: factor
select secret, confirmed_at, last_step from user_factor where user_id = $1;

-- name: factor_add
insert into user_factor (user_id, secret, created_at) values ($1, $2, $3);

-- name: factor_confirm
update user_factor set confirmed_at = $2, last_step = $3 where user_id = $1;

-- name: factor_step
update user_factor set last_step = $2 where user_id = $1;

-- name: factor_drop
delete from user_factor where user_id = $1;

-- name: factor_any
select count(*) from user_factor where confirmed_at > 0;

-- name: recovery_find
select count(*) from user_recovery where user_id = $1 and code_digest = $2 and used_at = 0;

-- name: recovery_left
select count(*) from user_recovery where user_id = $1 and used_at = 0;

-- name: recovery_add
insert into user_recovery (user_id, code_digest) values ($1, $2);

-- name: recovery_use
update user_recovery set used_at = $3 where user_id = $1 and code_digest = $2;

-- name: recovery_drop
delete from user_recovery where user_id = $1;
