-- SPDX-License-Identifier: Apache-2.0
-- 0005: limits the work of one expression of $filter and $orderby. Run it as
-- graphprofile_migrator or a superuser.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 5) AS is_new \gset
\if :is_new

-- The function of 0003 with limits. Beyond a limit it fails with SQLSTATE GP001, which the module answers as
-- a query that is too complex. Each limit is reached after about 50 ms:
--   131,072 bytes of a text built by concat()
--   33,554,432: bytes of a text times bytes of the text that contains() or indexof() searches for in it
--   5,000 steps of any() or all(): members times operators of the condition (`steps`: the remaining ones)
CREATE FUNCTION graphprofile.evaluate_within(expression jsonb, document jsonb, items jsonb[], steps integer)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL RESTRICTED AS $$
DECLARE
    operator text;
    last integer;
    a jsonb;
    b jsonb;
    item jsonb;
    verdict boolean;
    part boolean;
    s text;
    t text;
BEGIN
    IF jsonb_typeof(expression) <> 'array' THEN
        RETURN NULLIF(expression, 'null');
    END IF;
    operator := expression ->> 0;
    IF operator = 'path' THEN
        last := (expression -> 1)::integer;
        IF last = 1 THEN
            RETURN NULLIF(document #> (expression ->> 2)::text[], 'null');
        END IF;
        RETURN NULLIF(items[last - 1] #> (expression ->> 2)::text[], 'null');
    END IF;

    -- Three-valued logic: what is no boolean is unknown.
    last := jsonb_array_length(expression) - 1;
    IF operator IN ('and', 'or') THEN
        verdict := operator = 'and';
        FOR i IN 1 .. last LOOP
            a := graphprofile.evaluate_within(expression -> i, document, items, steps);
            part := CASE jsonb_typeof(a) WHEN 'boolean' THEN a = 'true' END;
            IF operator = 'and' THEN
                verdict := verdict AND part;
                EXIT WHEN NOT verdict;
            ELSE
                verdict := verdict OR part;
                EXIT WHEN verdict;
            END IF;
        END LOOP;
        RETURN to_jsonb(verdict);
    END IF;

    item := expression -> 1;
    IF item -> 0 = '"path"' AND item -> 1 = '1' THEN -- as above, and without a call
        a := NULLIF(document #> (item ->> 2)::text[], 'null');
    ELSE
        a := graphprofile.evaluate_within(item, document, items, steps);
    END IF;
    IF operator IN ('any', 'all') THEN
        IF jsonb_typeof(a) IS DISTINCT FROM 'array' THEN
            RETURN to_jsonb(operator = 'all');
        ELSIF last = 1 THEN
            RETURN to_jsonb(a <> '[]');
        END IF;
        -- Each member takes as many steps as the condition has operators; members of members multiply.
        last := jsonb_array_length(a);
        s := expression ->> 2;
        IF last * ((length(s) - length(replace(s, '["', ''))) / 2)::bigint > steps THEN
            RAISE EXCEPTION 'any() and all() take too many steps' USING ERRCODE = 'GP001';
        END IF;
        FOR i IN 0 .. last - 1 LOOP
            part := graphprofile.evaluate_within(expression -> 2, document, items || (a -> i), steps / last)
                IS NOT DISTINCT FROM 'true';
            IF part <> (operator = 'all') THEN
                RETURN to_jsonb(part);
            END IF;
        END LOOP;
        RETURN to_jsonb(operator = 'all');
    ELSIF operator = 'in' THEN
        FOR i IN 2 .. last LOOP
            IF a IS NOT DISTINCT FROM graphprofile.evaluate_within(expression -> i, document, items, steps)
                AND a IS DISTINCT FROM '{}' THEN
                RETURN 'true';
            END IF;
        END LOOP;
        RETURN 'false';
    END IF;

    IF last > 1 AND operator <> 'enum' THEN
        b := NULLIF(expression -> 2, 'null');
        IF jsonb_typeof(b) = 'array' THEN
            b := graphprofile.evaluate_within(b, document, items, steps);
        END IF;
    END IF;
    CASE operator
        WHEN 'eq' THEN RETURN to_jsonb(a IS NOT DISTINCT FROM b AND a IS DISTINCT FROM '{}');
        WHEN 'ne' THEN RETURN to_jsonb(a IS DISTINCT FROM b OR a IS NOT DISTINCT FROM '{}');
        WHEN 'not' THEN
            RETURN to_jsonb(CASE jsonb_typeof(a) WHEN 'boolean' THEN a = 'false' END);
        WHEN 'gt', 'ge', 'lt', 'le' THEN
            IF jsonb_typeof(a) IS DISTINCT FROM jsonb_typeof(b) OR a IS NULL OR a = '{}' THEN
                RETURN 'false';
            ELSIF jsonb_typeof(a) = 'string' THEN
                s := (a #>> '{}') COLLATE "C";
                t := b #>> '{}';
                RETURN to_jsonb(CASE operator
                    WHEN 'gt' THEN s > t COLLATE "C" WHEN 'ge' THEN s >= t COLLATE "C"
                    WHEN 'lt' THEN s < t COLLATE "C" ELSE s <= t COLLATE "C" END);
            END IF;
            RETURN to_jsonb(CASE operator
                WHEN 'gt' THEN a > b WHEN 'ge' THEN a >= b WHEN 'lt' THEN a < b ELSE a <= b END);
        WHEN 'has' THEN
            RETURN to_jsonb((a::integer & b::integer) = b::integer);
        WHEN 'enum' THEN -- ["enum", text, {"member": value, ..}]: the members' values together
            IF jsonb_typeof(a) = 'string' THEN
                RETURN (SELECT CASE WHEN count(value) = count(*) THEN to_jsonb(bit_or(value)) END
                        FROM (SELECT (expression -> 2 -> member)::integer AS value
                              FROM unnest(string_to_array(a #>> '{}', ',')) AS member) AS members);
            END IF;
            RETURN NULL;
        WHEN 'double' THEN -- what JSON spells as a string: beyond every number, or equal to nothing
            RETURN CASE a WHEN '"INF"' THEN '1e400'::jsonb WHEN '"-INF"' THEN '-1e400'::jsonb
                WHEN '"NaN"' THEN '{}'::jsonb ELSE a END;
        WHEN 'count' THEN
            RETURN to_jsonb(CASE jsonb_typeof(a) WHEN 'array' THEN jsonb_array_length(a) ELSE 0 END);
        ELSE NULL;
    END CASE;

    -- Functions of texts.
    IF jsonb_typeof(a) IS DISTINCT FROM 'string' THEN
        RETURN NULL;
    END IF;
    s := a #>> '{}';
    IF operator IN ('contains', 'startswith', 'endswith', 'indexof', 'concat') THEN
        IF jsonb_typeof(b) IS DISTINCT FROM 'string' THEN
            RETURN NULL;
        END IF;
        t := b #>> '{}';
        -- PostgreSQL's search multiplies the lengths at worst, and nothing interrupts it.
        IF operator IN ('contains', 'indexof') AND octet_length(t) <= octet_length(s)
            AND octet_length(s)::bigint * octet_length(t) > 33554432 THEN
            RAISE EXCEPTION 'a search takes too many steps' USING ERRCODE = 'GP001';
        ELSIF operator = 'concat' AND octet_length(s)::bigint + octet_length(t) > 131072 THEN
            RAISE EXCEPTION 'a text is too long' USING ERRCODE = 'GP001';
        END IF;
    ELSIF operator = 'substring' THEN
        IF jsonb_typeof(b) IS DISTINCT FROM 'number' THEN
            RETURN NULL;
        END IF;
        s := substr(s, least(greatest(trunc(b::numeric), 0), 1000000)::integer + 1);
        IF last > 2 THEN
            b := graphprofile.evaluate_within(expression -> 3, document, items, steps);
            IF jsonb_typeof(b) IS DISTINCT FROM 'number' THEN
                RETURN NULL;
            END IF;
            s := left(s, least(greatest(trunc(b::numeric), 0), 1000000)::integer);
        END IF;
        RETURN to_jsonb(s);
    ELSIF operator IN ('year', 'month', 'day', 'date')
        AND s !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T|$)'
        OR operator IN ('hour', 'minute', 'second')
        AND s !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}' THEN
        RETURN NULL;
    END IF;
    RETURN CASE operator
        WHEN 'contains' THEN to_jsonb(strpos(s, t) > 0)
        WHEN 'startswith' THEN to_jsonb(starts_with(s, t))
        WHEN 'endswith' THEN to_jsonb(right(s, length(t)) = t)
        WHEN 'tolower' THEN to_jsonb(lower(s))
        WHEN 'toupper' THEN to_jsonb(upper(s))
        WHEN 'trim' THEN to_jsonb(btrim(s, E' \t\n\v\f\r'))
        WHEN 'length' THEN to_jsonb(length(s))
        WHEN 'indexof' THEN to_jsonb(strpos(s, t) - 1)
        WHEN 'concat' THEN to_jsonb(s || t)
        WHEN 'year' THEN to_jsonb(substr(s, 1, 4)::integer)
        WHEN 'month' THEN to_jsonb(substr(s, 6, 2)::integer)
        WHEN 'day' THEN to_jsonb(substr(s, 9, 2)::integer)
        WHEN 'hour' THEN to_jsonb(substr(s, 12, 2)::integer)
        WHEN 'minute' THEN to_jsonb(substr(s, 15, 2)::integer)
        WHEN 'second' THEN to_jsonb(substr(s, 18, 2)::integer)
        WHEN 'date' THEN to_jsonb(left(s, 10))
    END;
END $$;


-- The function that the statements call.
CREATE OR REPLACE FUNCTION graphprofile.evaluate(expression jsonb, document jsonb, items jsonb[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL RESTRICTED AS $$
    SELECT graphprofile.evaluate_within(expression, document, items, 5000)
$$;

COMMENT ON FUNCTION graphprofile.evaluate_within(jsonb, jsonb, jsonb[], integer) IS
    'the value of an OData expression over a position, in a bounded number of steps';
REVOKE EXECUTE ON FUNCTION graphprofile.evaluate_within(jsonb, jsonb, jsonb[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION graphprofile.evaluate_within(jsonb, jsonb, jsonb[], integer) TO graphprofile;

INSERT INTO graphprofile.schema_version (version, file) VALUES (5, '0005_bounds.sql');
\endif
COMMIT;
