/* Every route: who may call it.  Grouped; append within a group.  The handler is api_ID, and `id` is the
 * operationId of api/openapi.yaml.
 */

/* ---- lists ---- */
API(persons_list, "GET", "/api/v1/persons", WITH_RIGHT, RIGHT_PERSON_READ)
API(person_settlements_list, "GET", "/api/v1/persons/{person_id}/settlements", WITH_RIGHT, RIGHT_SETTLEMENT_READ)
API(providers_list, "GET", "/api/v1/providers", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(items_list, "GET", "/api/v1/items", WITH_RIGHT, RIGHT_CATALOGUE_READ)
API(diseases_list, "GET", "/api/v1/diseases", WITH_RIGHT, RIGHT_CATALOGUE_READ)
API(areas_list, "GET", "/api/v1/areas", SIGNED_IN, RIGHT_NONE)
API(settlements_list, "GET", "/api/v1/settlements", WITH_RIGHT, RIGHT_SETTLEMENT_READ)
API(approvals_list, "GET", "/api/v1/approvals", WITH_RIGHT, RIGHT_APPROVAL_READ)
API(mappings_list, "GET", "/api/v1/mappings", WITH_RIGHT, RIGHT_CATALOGUE_READ)
API(departments_list, "GET", "/api/v1/departments", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(staff_list, "GET", "/api/v1/staff", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(audit_list, "GET", "/api/v1/audit", WITH_RIGHT, RIGHT_AUDIT_READ)
API(public_items_list, "GET", "/api/v1/public/items", OPEN_TO_ALL, RIGHT_NONE)

/* ---- operations ---- */
API(health_get, "GET", "/healthz", OPEN_TO_ALL, RIGHT_NONE)
API(ready_get, "GET", "/readyz", OPEN_TO_ALL, RIGHT_NONE)
API(metrics_get, "GET", "/metrics", OPEN_TO_ALL, RIGHT_NONE)
API(version_get, "GET", "/api/v1/version", OPEN_TO_ALL, RIGHT_NONE)

/* ---- session ---- */
API(session_create, "POST", "/api/v1/session", OPEN_TO_ALL, RIGHT_NONE)
API(session_get, "GET", "/api/v1/session", SIGNED_IN, RIGHT_NONE)
API(session_delete, "DELETE", "/api/v1/session", SIGNED_IN, RIGHT_NONE)
API(session_password, "POST", "/api/v1/session/password", SIGNED_IN, RIGHT_NONE)
API(session_confirm, "POST", "/api/v1/session/confirm", SIGNED_IN, RIGHT_NONE)
API(session_factor_begin, "POST", "/api/v1/session/factor", SIGNED_IN, RIGHT_NONE)
API(session_factor_confirm, "POST", "/api/v1/session/factor/confirm", SIGNED_IN, RIGHT_NONE)
API(session_factor_end, "POST", "/api/v1/session/factor/end", SIGNED_IN, RIGHT_NONE)

/* ---- users ---- */
API(users_list, "GET", "/api/v1/users", WITH_RIGHT, RIGHT_USER_READ)
API(user_create, "POST", "/api/v1/users", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_get, "GET", "/api/v1/users/{user_id}", WITH_RIGHT, RIGHT_USER_READ)
API(user_change, "PATCH", "/api/v1/users/{user_id}", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_roles_put, "PUT", "/api/v1/users/{user_id}/roles", WITH_RIGHT, RIGHT_ROLE_WRITE)
API(user_reset, "POST", "/api/v1/users/{user_id}/reset", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_factor_reset, "POST", "/api/v1/users/{user_id}/factor/reset", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_sessions_end, "POST", "/api/v1/users/{user_id}/sessions/end", WITH_RIGHT, RIGHT_USER_WRITE)
API(roles_list, "GET", "/api/v1/roles", WITH_RIGHT, RIGHT_USER_READ)

/* ---- public ---- */
API(public_areas_list, "GET", "/api/v1/public/areas", OPEN_TO_ALL, RIGHT_NONE)
API(public_choices_get, "GET", "/api/v1/public/choices", OPEN_TO_ALL, RIGHT_NONE)
API(public_policies_list, "GET", "/api/v1/public/policies", OPEN_TO_ALL, RIGHT_NONE)
API(public_calculate, "POST", "/api/v1/public/calculate", OPEN_TO_ALL, RIGHT_NONE)

/* ---- policies ---- */
API(policies_list, "GET", "/api/v1/policies", WITH_RIGHT, RIGHT_POLICY_READ)
API(policies_compare, "GET", "/api/v1/policies/compare", WITH_RIGHT, RIGHT_POLICY_READ)
API(policy_get, "GET", "/api/v1/policies/{pack_id}/{policy_id}/{from_on}", WITH_RIGHT, RIGHT_POLICY_READ)

/* ---- settlements ---- */
API(settlement_preview, "POST", "/api/v1/settlements/preview", WITH_RIGHT, RIGHT_SETTLEMENT_PREVIEW)
API(settlement_create, "POST", "/api/v1/settlements", WITH_RIGHT, RIGHT_SETTLEMENT_SETTLE)
API(settlement_get, "GET", "/api/v1/settlements/{settlement_id}", WITH_RIGHT, RIGHT_SETTLEMENT_READ)
API(settlement_pdf, "GET", "/api/v1/settlements/{settlement_id}/pdf", WITH_RIGHT, RIGHT_SETTLEMENT_READ)
API(settlement_reverse, "POST", "/api/v1/settlements/{settlement_id}/reverse", SIGNED_IN, RIGHT_NONE) /* its own rights */
API(settlement_refund, "POST", "/api/v1/settlements/{settlement_id}/refund", WITH_RIGHT, RIGHT_SETTLEMENT_REVERSE)

/* ---- approvals ---- */
API(approval_get, "GET", "/api/v1/approvals/{approval_id}", WITH_RIGHT, RIGHT_APPROVAL_READ)
API(approval_approve, "POST", "/api/v1/approvals/{approval_id}/approve", WITH_RIGHT, RIGHT_APPROVAL_READ)
API(approval_refuse, "POST", "/api/v1/approvals/{approval_id}/refuse", WITH_RIGHT, RIGHT_APPROVAL_READ)
API(approval_withdraw, "POST", "/api/v1/approvals/{approval_id}/withdraw", WITH_RIGHT, RIGHT_APPROVAL_READ)

/* ---- audit ---- */
API(audit_verify, "GET", "/api/v1/audit/verify", WITH_RIGHT, RIGHT_AUDIT_READ)

/* ---- persons ---- */
API(person_create, "POST", "/api/v1/persons", WITH_RIGHT, RIGHT_PERSON_WRITE)
API(person_get, "GET", "/api/v1/persons/{person_id}", WITH_RIGHT, RIGHT_PERSON_READ)
API(person_change, "PATCH", "/api/v1/persons/{person_id}", WITH_RIGHT, RIGHT_PERSON_WRITE)
API(person_unmask, "POST", "/api/v1/persons/{person_id}/unmask", WITH_RIGHT, RIGHT_PERSON_UNMASK)
API(person_cover_put, "POST", "/api/v1/persons/{person_id}/covers", WITH_RIGHT, RIGHT_PERSON_WRITE)
API(person_flag_add, "POST", "/api/v1/persons/{person_id}/flags", WITH_RIGHT, RIGHT_PERSON_WRITE)
API(person_flag_end, "PATCH", "/api/v1/persons/{person_id}/flags", WITH_RIGHT, RIGHT_PERSON_WRITE)

/* ---- providers ---- */
API(provider_create, "POST", "/api/v1/providers", WITH_RIGHT, RIGHT_PROVIDER_WRITE)
API(provider_get, "GET", "/api/v1/providers/{provider_id}", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(provider_change, "PATCH", "/api/v1/providers/{provider_id}", WITH_RIGHT, RIGHT_PROVIDER_WRITE)
API(provider_agreement_put, "POST", "/api/v1/providers/{provider_id}/agreements", WITH_RIGHT, RIGHT_PROVIDER_WRITE)

/* ---- catalogue ---- */
API(mapping_confirm, "POST", "/api/v1/mappings/{mapping_id}/confirm", WITH_RIGHT, RIGHT_CATALOGUE_WRITE)
API(mapping_return, "POST", "/api/v1/mappings/{mapping_id}/return", WITH_RIGHT, RIGHT_CATALOGUE_WRITE)
API(item_get, "GET", "/api/v1/items/{item_code}", WITH_RIGHT, RIGHT_CATALOGUE_READ)

/* ---- casemix ---- */
API(casemix_drg, "POST", "/api/v1/casemix/drg", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_drg_file, "POST", "/api/v1/casemix/drg/file", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_dip, "POST", "/api/v1/casemix/dip", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_dip_file, "POST", "/api/v1/casemix/dip/file", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_catalogues_list, "GET", "/api/v1/casemix/catalogues", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_catalogue_groups, "GET", "/api/v1/casemix/catalogues/{catalogue}/groups", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_catalogue_group, "GET", "/api/v1/casemix/catalogues/{catalogue}/group", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_schemes_list, "GET", "/api/v1/casemix/schemes", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_scheme_get, "GET", "/api/v1/casemix/schemes/{scheme}", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_adrg_get, "GET", "/api/v1/casemix/schemes/{scheme}/adrgs/{adrg}", WITH_RIGHT, RIGHT_CASEMIX_GROUP)
API(casemix_codes_list, "GET", "/api/v1/casemix/schemes/{scheme}/codes", WITH_RIGHT, RIGHT_CASEMIX_GROUP)

API(casemix_coverage, "GET", "/api/v1/casemix/coverage", WITH_RIGHT, RIGHT_DISPUTE_READ)

/* ---- groups of settlement lists, and disputes over them ---- */
API(settlement_lists_list, "GET", "/api/v1/settlement-lists", WITH_RIGHT, RIGHT_DISPUTE_READ)
API(settlement_list_get, "GET", "/api/v1/settlement-lists/{list_id}", WITH_RIGHT, RIGHT_DISPUTE_READ)
API(settlement_list_dispute, "POST", "/api/v1/settlement-lists/{list_id}/disputes", WITH_RIGHT, RIGHT_DISPUTE_FILE)
API(group_disputes_list, "GET", "/api/v1/group-disputes", WITH_RIGHT, RIGHT_DISPUTE_READ)
API(group_dispute_step, "POST", "/api/v1/group-disputes/{dispute_id}/steps", WITH_RIGHT, RIGHT_DISPUTE_READ) /* its own rights */

/* ---- clearing ---- */
API(clearing_months_list, "GET", "/api/v1/clearing/months", WITH_RIGHT, RIGHT_CLEARING_READ)
API(clearing_statements_list, "GET", "/api/v1/clearing/statements", WITH_RIGHT, RIGHT_CLEARING_READ)
API(clearing_statements_make, "POST", "/api/v1/clearing/statements", WITH_RIGHT, RIGHT_CLEARING_MAKE)
API(clearing_statement_get, "GET", "/api/v1/clearing/statements/{statement_id}", WITH_RIGHT, RIGHT_CLEARING_READ)
API(clearing_statement_confirm, "POST", "/api/v1/clearing/statements/{statement_id}/confirm", WITH_RIGHT, RIGHT_CLEARING_CONFIRM)
API(clearing_statement_pay, "POST", "/api/v1/clearing/statements/{statement_id}/pay", WITH_RIGHT, RIGHT_CLEARING_PAY)
API(clearing_statement_withdraw, "POST", "/api/v1/clearing/statements/{statement_id}/withdraw", WITH_RIGHT, RIGHT_CLEARING_MAKE)
API(clearing_settlements_list, "GET", "/api/v1/clearing/settlements", WITH_RIGHT, RIGHT_CLEARING_READ)
API(clearing_applications_list, "GET", "/api/v1/clearing/applications", WITH_RIGHT, RIGHT_CLEARING_READ)

/* ---- submissions ---- */
API(submissions_list, "GET", "/api/v1/submissions", WITH_RIGHT, RIGHT_SUBMISSION_READ)
API(submission_make, "POST", "/api/v1/submissions", WITH_RIGHT, RIGHT_SUBMISSION_MAKE)
API(submission_settlements_list, "GET", "/api/v1/submissions/settlements", WITH_RIGHT, RIGHT_SUBMISSION_READ)
API(submission_get, "GET", "/api/v1/submissions/{submission_id}", WITH_RIGHT, RIGHT_SUBMISSION_READ)
API(submission_clear, "POST", "/api/v1/submissions/{submission_id}/clear", WITH_RIGHT, RIGHT_SUBMISSION_CLEAR)
API(submission_reopen, "POST", "/api/v1/submissions/{submission_id}/reopen", WITH_RIGHT, RIGHT_SUBMISSION_CLEAR)
API(submission_withdraw, "POST", "/api/v1/submissions/{submission_id}/withdraw", WITH_RIGHT, RIGHT_SUBMISSION_MAKE)

/* ---- gateway ---- */
API(gateway_monitor, "GET", "/api/v1/gateway/monitor", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(messages_list, "GET", "/api/v1/gateway/messages", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(message_get, "GET", "/api/v1/gateway/messages/{message_id}", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(message_unmask, "POST", "/api/v1/gateway/messages/{message_id}/unmask", WITH_RIGHT, RIGHT_GATEWAY_UNMASK)
API(gateway_credentials, "GET", "/api/v1/gateway/credentials", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(credential_days_list, "GET", "/api/v1/gateway/credentials/days", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(gateway_totals, "GET", "/api/v1/gateway/totals", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(statements_list, "GET", "/api/v1/gateway/statements", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(statement_differences_list, "GET", "/api/v1/gateway/statements/{statement_id}/differences", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(statement_difference_resolve, "PATCH", "/api/v1/gateway/statements/{statement_id}/differences/{line}", WITH_RIGHT, RIGHT_GATEWAY_RECONCILE)
API(gateways_list, "GET", "/api/v1/gateway/access", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(gateway_access_get, "GET", "/api/v1/gateway/access/{provider_id}", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(gateway_access_put, "PUT", "/api/v1/gateway/access/{provider_id}", WITH_RIGHT, RIGHT_GATEWAY_WRITE)
API(gateway_key_create, "POST", "/api/v1/gateway/access/{provider_id}/key", WITH_RIGHT, RIGHT_GATEWAY_WRITE)
API(gateway_key_old_end, "DELETE", "/api/v1/gateway/access/{provider_id}/key/old", WITH_RIGHT, RIGHT_GATEWAY_WRITE)

/* ---- pharmacies ---- */
API(prescriptions_list, "GET", "/api/v1/prescriptions", WITH_RIGHT, RIGHT_PERSON_READ)
API(prescription_items_list, "GET", "/api/v1/prescriptions/{rx_id}/items", WITH_RIGHT, RIGHT_PERSON_READ)
API(rx_sales_list, "GET", "/api/v1/prescriptions/sales", WITH_RIGHT, RIGHT_PERSON_READ)
API(stock_list, "GET", "/api/v1/stock", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(stock_movements_list, "GET", "/api/v1/stock/movements", WITH_RIGHT, RIGHT_PROVIDER_READ)
API(proxies_list, "GET", "/api/v1/proxies", WITH_RIGHT, RIGHT_PERSON_READ)
API(proxy_unmask, "POST", "/api/v1/proxies/{object_id}/unmask", WITH_RIGHT, RIGHT_PERSON_UNMASK)
API(uploads_list, "GET", "/api/v1/uploads", WITH_RIGHT, RIGHT_GATEWAY_READ)
API(upload_delays_list, "GET", "/api/v1/uploads/delays", WITH_RIGHT, RIGHT_GATEWAY_READ)

/* ---- review ---- */
API(review_packs_list, "GET", "/api/v1/review/packs", WITH_RIGHT, RIGHT_REVIEW_READ)
API(review_pack_get, "GET", "/api/v1/review/packs/{pack_id}/{from_on}", WITH_RIGHT, RIGHT_REVIEW_READ)
API(review_check, "POST", "/api/v1/review/checks", WITH_RIGHT, RIGHT_REVIEW_CHECK)
API(review_findings_list, "GET", "/api/v1/review/findings", WITH_RIGHT, RIGHT_REVIEW_READ)
API(review_sums_list, "GET", "/api/v1/review/sums", WITH_RIGHT, RIGHT_REVIEW_READ)

/* ---- import ---- */
API(import_file, "POST", "/api/v1/import/{kind}", WITH_RIGHT, RIGHT_IMPORT)

/* ---- sandbox: not found in production ---- */
API(sandbox_get, "GET", "/api/v1/sandbox", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_exchanges_get, "GET", "/api/v1/sandbox/exchanges", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_exchange_get, "GET", "/api/v1/sandbox/exchanges/{exchange_id}", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_exchange_replay, "POST", "/api/v1/sandbox/exchanges/{exchange_id}/replay", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_faults_get, "GET", "/api/v1/sandbox/faults", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_fault_add, "POST", "/api/v1/sandbox/faults", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_faults_delete, "DELETE", "/api/v1/sandbox/faults", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_report_get, "GET", "/api/v1/sandbox/report/{institution}", OPEN_TO_ALL, RIGHT_NONE)
API(sandbox_reset, "POST", "/api/v1/sandbox/reset/{institution}", OPEN_TO_ALL, RIGHT_NONE)

/* ---- what asks for the password again, unless it was typed a short while ago; a list that becomes a file does, too ---- */
#ifdef API_SURE
API_SURE(user_roles_put)
API_SURE(user_reset)
API_SURE(user_factor_reset)
API_SURE(clearing_statement_confirm)
API_SURE(clearing_statement_pay)
API_SURE(submission_clear)
API_SURE(approval_approve)
API_SURE(gateway_key_create)
API_SURE(gateway_access_put)
API_SURE(message_unmask)
#undef API_SURE
#endif
#undef API
