-- Range-partitions the three tables that grow with time, on PostgreSQL 14 or newer.
--
-- To be run once, as the owner of the tables, on a database that `slotflow migrate` has just made: it refuses a
-- database with events in it. ../scaling.md says when that is worth it and what it costs.
--
--     slotflow migrate --database-url postgres://… && psql --single-transaction -f partitioning.sql postgres://…
--
-- Identifiers are UUIDs of version 7, which begin with the moment of their making. So a range of identifiers is a
-- range of time, the primary keys stay as they are, and so does every statement of Slotflow Webhooks.

-- The smallest identifier of a moment.
CREATE FUNCTION slotflow_first_id(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT AS
$$
    SELECT CAST(rpad(lpad(to_hex(CAST(floor(extract(epoch FROM moment) * 1000) AS bigint)), 12, '0'), 32, '0') AS uuid)
$$;

-- Adds so many partitions to each table, one behind the other. To be called again long before the last one is used up:
-- what fits into none goes to the default partition, which works and is what partitions are meant to avoid.
CREATE FUNCTION slotflow_add_partitions(first timestamptz, span interval, how_many integer) RETURNS void
    LANGUAGE plpgsql AS
$$
DECLARE
    parent text;
    since timestamptz := first;
BEGIN
    FOR place IN 1..how_many LOOP
        FOREACH parent IN ARRAY ARRAY['events', 'deliveries', 'attempts'] LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || to_char(since AT TIME ZONE 'UTC', '_YYYYMMDDHH24'), parent,
                slotflow_first_id(since), slotflow_first_id(since + span)
            );
        END LOOP;
        -- As the migrations set it for the whole table.
        EXECUTE format(
            'ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)',
            'deliveries' || to_char(since AT TIME ZONE 'UTC', '_YYYYMMDDHH24')
        );
        since := since + span;
    END LOOP;
END
$$;

-- Removes the partitions that begin at this moment, with all that is in them, which costs next to nothing: instead of
-- `--retention`, whatever that leaves. It refuses while a delivery in them is not over or is being repeated, and
-- PostgreSQL itself does while a later delivery names one of the events.
CREATE FUNCTION slotflow_drop_partitions(first timestamptz) RETURNS void
    LANGUAGE plpgsql AS
$$
DECLARE
    parent text;
    suffix text := to_char(first AT TIME ZONE 'UTC', '_YYYYMMDDHH24');
    open boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$I WHERE completed_at IS NULL) OR EXISTS
            (SELECT FROM deliveries r JOIN %1$I d ON d.id = r.retry_of WHERE r.completed_at IS NULL)',
        'deliveries' || suffix
    ) INTO open;
    IF open THEN
        RAISE EXCEPTION 'there are deliveries of % that are not over', first;
    END IF;
    FOREACH parent IN ARRAY ARRAY['attempts', 'deliveries', 'events'] LOOP
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, parent || suffix);
        EXECUTE format('DROP TABLE %I', parent || suffix);
    END LOOP;
END
$$;

-- Makes each table anew with the same columns, checks, keys and indexes, these under their own names so that later
-- migrations find them.
DO
$$
DECLARE
    parent text;
    definition text;
    definitions text[] := '{}';
BEGIN
    IF EXISTS (SELECT FROM events) THEN
        RAISE EXCEPTION 'there are events already: this is for a database that is new';
    END IF;

    -- Each table's keys and indexes in words: primary keys before the foreign keys that name them.
    FOREACH parent IN ARRAY ARRAY['events', 'deliveries', 'attempts'] LOOP
        definitions := definitions || ARRAY(
            SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', parent, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE conrelid = to_regclass(parent) AND contype IN ('p', 'f')
            ORDER BY contype = 'f', conname
        ) || ARRAY(
            SELECT pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid = to_regclass(parent) AND NOT indisprimary
        );
    END LOOP;

    FOREACH parent IN ARRAY ARRAY['events', 'deliveries', 'attempts'] LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', parent, parent || '_before');
        EXECUTE format(
            'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) PARTITION BY RANGE (%I)',
            parent, parent || '_before', CASE parent WHEN 'attempts' THEN 'delivery_id' ELSE 'id' END
        );
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_default', parent);
    END LOOP;

    DROP TABLE attempts_before, deliveries_before, events_before;
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END
$$;

-- A partition a month, for this one and the next two: each that is there is looked into by every claim and list.
SELECT slotflow_add_partitions(date_trunc('month', now(), 'UTC'), '1 month', 3);
