/* Every route: who may call it.  Grouped; append within a group.  The handler is api_ID, and `id` is the
 * operationId of api/openapi.yaml.
 *
 * To come, each with its handler, in the file of its group:
 *   public.c      public_areas_list public_choices_get public_items_list public_policies_list
 *                 public_calculate
 *   person.c      persons, covers, flags, unmask
 *   provider.c    providers, agreements
 *   catalogue.c   items, diseases
 *   policy.c      policies
 *   settlement.c  preview, settle, list, show, pdf, reverse, refund
 *   approval.c    approvals
 *   audit.c       audit_list audit_verify
 *   import.c      import, areas
 */

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

/* ---- users ---- */
API(users_list, "GET", "/api/v1/users", WITH_RIGHT, RIGHT_USER_READ)
API(user_create, "POST", "/api/v1/users", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_get, "GET", "/api/v1/users/{user_id}", WITH_RIGHT, RIGHT_USER_READ)
API(user_change, "PATCH", "/api/v1/users/{user_id}", WITH_RIGHT, RIGHT_USER_WRITE)
API(user_roles_put, "PUT", "/api/v1/users/{user_id}/roles", WITH_RIGHT, RIGHT_ROLE_WRITE)
API(user_reset, "POST", "/api/v1/users/{user_id}/reset", WITH_RIGHT, RIGHT_USER_WRITE)
API(roles_list, "GET", "/api/v1/roles", WITH_RIGHT, RIGHT_USER_READ)

#undef API
