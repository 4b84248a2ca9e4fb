-- SPDX-License-Identifier: Apache-2.0
-- 0003: evaluates $filter and $orderby. Run it as graphprofile_migrator or a superuser.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 3) AS is_new \gset
\if :is_new

-- Returns the value of an OData expression (URL conventions 5.1.1). The expression is an ordinary parameter: no
-- SQL is built from it. The module writes it after checking it against the types (src/odata/expression.c).
--   a scalar                     itself
--   ["path", n, "{a,b}"]         a nested member: of the document if n is 1, otherwise of the
--                                (n - 1)th of the items, the variables of any() and all()
--   ["operator", argument, ..]   all other operators, below
-- SQL's null is OData's null. A value of the wrong type, which relaxed validation can store, acts like null
-- in a function and equals nothing. No text and no number raises an error.
-- The function is not parallel: many requests call it at the same time.
CREATE OR REPLACE FUNCTION graphprofile.evaluate(expression jsonb, document jsonb, items jsonb[])
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
            a := graphprofile.evaluate(expression -> i, document, items);
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
        a := graphprofile.evaluate(item, document, items);
    END IF;
    IF operator IN ('any', 'all') THEN
        IF jsonb_typeof(a) IS DISTINCT FROM 'array' THEN
            RETURN to_jsonb(operator = 'all');
        ELSIF last = 1 THEN
            RETURN to_jsonb(a <> '[]');
        END IF;
        FOR item IN SELECT jsonb_array_elements(a) LOOP
            part := graphprofile.evaluate(expression -> 2, document, items || item) IS NOT DISTINCT FROM 'true';
            IF part <> (operator = 'all') THEN
                RETURN to_jsonb(part);
            END IF;
        END LOOP;
        RETURN to_jsonb(operator = 'all');
    ELSIF operator = 'in' THEN
        FOR i IN 2 .. last LOOP
            IF a IS NOT DISTINCT FROM graphprofile.evaluate(expression -> i, document, items)
                AND a IS DISTINCT FROM '{}' THEN
                RETURN 'true';
            END IF;
        END LOOP;
        RETURN 'false';
    END IF;

    IF last > 1 AND operator <> 'enum' THEN
        b := NULLIF(expression -> 2, 'null');
        IF jsonb_typeof(b) = 'array' THEN
            b := graphprofile.evaluate(b, document, items);
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
    ELSIF operator = 'substring' THEN
        IF jsonb_typeof(b) IS DISTINCT FROM 'number' THEN
            RETURN NULL;
        END IF;
        s := substr(s, least(greatest(trunc(b::numeric), 0), 1000000)::integer + 1);
        IF last > 2 THEN
            b := graphprofile.evaluate(expression -> 3, document, items);
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
        WHEN 'concat' THEN to_jsonb(CASE WHEN length(s) + length(t) <= 1000000 THEN s || t END)
        WHEN 'year' THEN to_jsonb(substr(s, 1, 4)::integer)
        WHEN 'month' THEN to_jsonb(substr(s, 6, 2)::integer)
        WHEN 'day' THEN to_jsonb(substr(s, 9, 2)::integer)
        WHEN 'hour' THEN to_jsonb(substr(s, 12, 2)::integer)
        WHEN 'minute' THEN to_jsonb(substr(s, 15, 2)::integer)
        WHEN 'second' THEN to_jsonb(substr(s, 18, 2)::integer)
        WHEN 'date' THEN to_jsonb(left(s, 10))
    END;
END $$;

COMMENT ON FUNCTION graphprofile.evaluate(jsonb, jsonb, jsonb[]) IS
    'the value of an OData expression over a position';
REVOKE EXECUTE ON FUNCTION graphprofile.evaluate(jsonb, jsonb, jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION graphprofile.evaluate(jsonb, jsonb, jsonb[]) TO graphprofile;

INSERT INTO graphprofile.schema_version (version, file) VALUES (3, '0003_query.sql');
\endif
COMMIT;
