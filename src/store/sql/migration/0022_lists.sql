-- Prescriptions are listed by the time they were written.

create index prescription_by_time on prescription (made_at, rx_id);
