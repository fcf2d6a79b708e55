-- Who decides a filing sees what it is about; until now the whole message was kept for him, with names and certificates.

/*sqlite:
update approval set body = coalesce((select json_group_object(m.key, m.value) from json_each(approval.body) m
    where m.key in ('begndate', 'enddate', 'refl_date', 'reflin_medins_name', 'refl_rea', 'diag_name', 'opsp_dise_name', 'hosp_ide_date',
        'ide_fixmedins_name', 'trum_time', 'trum_rea', 'chk_pay_flag', 'ipt_psn_sp_flag_type', 'ipt_psn_sp_flag', 'provider_name')
        and m.type not in ('object', 'array')), '{}')
where kind = 'filing' and json_valid(body);
update approval set body = '{}' where kind = 'filing' and not json_valid(body);
*/
/*postgres:
update approval set body = coalesce((select json_object_agg(m.key, m.value)::text from json_each(approval.body::json) m
    where m.key in ('begndate', 'enddate', 'refl_date', 'reflin_medins_name', 'refl_rea', 'diag_name', 'opsp_dise_name', 'hosp_ide_date',
        'ide_fixmedins_name', 'trum_time', 'trum_rea', 'chk_pay_flag', 'ipt_psn_sp_flag_type', 'ipt_psn_sp_flag', 'provider_name')
        and json_typeof(m.value) not in ('object', 'array')), '{}')
where kind = 'filing' and body like '{%';
update approval set body = '{}' where kind = 'filing' and body not like '{%';
*/

-- Findings about one person.
create index review_finding_by_person on review_finding (person_id, made_at);
