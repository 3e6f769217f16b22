"""The Lua scripts of a journal in Redis, each of which runs as one transaction.

All keys begin with ``KEYS[1]``, which holds a hash tag: in a cluster they are on one node. Of each
run there are

- ``run:ID``, a hash: ``run`` (JSON), ``identity`` (script and key), ``index`` (what finds it),
- ``entries:ID``, a hash from the key of an entry to its place and value,
- ``inbox:ID``, a hash from the id of a message to its place and JSON, empty if it has gone,
- ``calls:ID``, the call ids of its routes, and ``done:ID``, the tokens of the last writes.

Tokens let a write that may have been carried out be sent again: it is then done once.
"""

_COMMON = """
local P, id = KEYS[1], ARGV[1]

local function done_before(token, again)
    if again ~= '1' then return false end
    for _, done in ipairs(redis.call('LRANGE', P .. 'done:' .. id, 0, -1)) do
        if done == token then return true end
    end
    return false
end

local function remember(token)
    redis.call('LPUSH', P .. 'done:' .. id, token)
    redis.call('LTRIM', P .. 'done:' .. id, 0, 31)
end

local function unindex(run_id)
    local text = redis.call('HGET', P .. 'run:' .. run_id, 'index')
    if not text then return end
    local index = cjson.decode(text)
    for _, name in ipairs(index.waiting) do
        redis.call('ZREM', P .. 'waiting:' .. name, run_id)
    end
    for _, number in ipairs(index.numbers) do
        redis.call('SREM', P .. 'number:' .. number, run_id)
    end
    redis.call('ZREM', P .. 'runs', run_id)
    redis.call('ZREM', P .. 'rest', run_id)
end

local function write_run(run, identity, text, updated)
    local key = P .. 'run:' .. id
    local index = cjson.decode(text)
    if redis.call('HGET', key, 'index') ~= text then
        unindex(id)
        if index.state == 'running' then
            for _, name in ipairs(index.waiting) do
                redis.call('ZADD', P .. 'waiting:' .. name, index.since, id)
            end
        end
        for _, number in ipairs(index.numbers) do
            redis.call('SADD', P .. 'number:' .. number, id)
        end
        redis.call('ZADD', P .. 'runs', index.created, id)
    end
    if index.state ~= 'running' then redis.call('ZADD', P .. 'rest', updated, id) end
    redis.call('HSET', key, 'run', run, 'identity', identity, 'index', text)
end

local function remove(run_id)
    unindex(run_id)
    local identity = redis.call('HGET', P .. 'run:' .. run_id, 'identity')
    if identity and redis.call('HGET', P .. 'keys', identity) == run_id then
        redis.call('HDEL', P .. 'keys', identity)
    end
    for _, call_id in ipairs(redis.call('SMEMBERS', P .. 'calls:' .. run_id)) do
        local route = redis.call('HGET', P .. 'routes', call_id)
        if route and cjson.decode(route)[1] == run_id then
            redis.call('HDEL', P .. 'routes', call_id)
        end
    end
    for _, kind in ipairs({'run:', 'entries:', 'inbox:', 'calls:', 'done:'}) do
        redis.call('DEL', P .. kind .. run_id)
    end
end
"""

CREATE = f"""{_COMMON}
local has_key, run, identity, index, updated = unpack(ARGV, 2)
local there = redis.call('HGET', P .. 'run:' .. id, 'run')
if there then return there end
if has_key == '1' then
    local other = redis.call('HGET', P .. 'keys', identity)
    if other then return redis.call('HGET', P .. 'run:' .. other, 'run') end
    redis.call('HSET', P .. 'keys', identity, id)
end
write_run(run, identity, index, updated)
return run
"""
"""Returns the run that is there."""

COMMIT = f"""{_COMMON}
local changes = cjson.decode(ARGV[2])
if redis.call('EXISTS', P .. 'run:' .. id) == 0 then return 'unknown' end
if done_before(ARGV[3], ARGV[4]) then return 'ok' end
if changes.run and redis.call('HGET', P .. 'run:' .. id, 'identity') ~= changes.identity then
    return 'identity'
end
local entries, inbox, seen = P .. 'entries:' .. id, P .. 'inbox:' .. id, {{}}
for _, entry in ipairs(changes.entries) do
    if seen[entry[1]] or redis.call('HEXISTS', entries, entry[1]) == 1 then return 'exists' end
    seen[entry[1]] = true
end
seen = {{}}
for _, taken in ipairs(changes.taken) do
    local message = redis.call('HGET', inbox, taken)
    if seen[taken] or not message or message == '' then return 'taken' end
    seen[taken] = true
end
local place = redis.call('HLEN', entries)
for number, entry in ipairs(changes.entries) do
    redis.call('HSET', entries, entry[1], (place + number) .. ':' .. entry[2])
end
for _, taken in ipairs(changes.taken) do redis.call('HSET', inbox, taken, '') end
for _, route in ipairs(changes.routes) do
    redis.call('HSET', P .. 'routes', route[1], route[3])
    redis.call('SADD', P .. 'calls:' .. route[2], route[1])
end
if changes.run then
    write_run(changes.run, changes.identity, changes.index, changes.updated)
end
remember(ARGV[3])
return 'ok'
"""

POST = f"""{_COMMON}
local message_id, message, token, again = unpack(ARGV, 2)
local inbox = P .. 'inbox:' .. id
if redis.call('EXISTS', P .. 'run:' .. id) == 0 then return 'unknown' end
if done_before(token, again) then return 'ok' end
if redis.call('HEXISTS', inbox, message_id) == 1 then return 'exists' end
redis.call('HSET', inbox, message_id, redis.call('HLEN', inbox) .. ':' .. message)
remember(token)
return 'ok'
"""

WITHDRAW = f"""{_COMMON}
local message_id, token, again = unpack(ARGV, 2)
if done_before(token, again) then return 'ok' end
local message = redis.call('HGET', P .. 'inbox:' .. id, message_id)
if not message or message == '' then return 'gone' end
redis.call('HSET', P .. 'inbox:' .. id, message_id, '')
remember(token)
return 'ok'
"""

PRUNE = f"""{_COMMON}
local found = redis.call('ZRANGEBYSCORE', P .. 'rest', '-inf', ARGV[2], 'LIMIT', 0, 200)
for _, run_id in ipairs(found) do remove(run_id) end
return #found
"""

FORGET = f"""{_COMMON}
local found = redis.call('SMEMBERS', P .. 'number:' .. id)
for _, run_id in ipairs(found) do remove(run_id) end
return #found
"""
"""The id is a telephone number."""

WAITING = """
local found = {}
for _, run_id in ipairs(redis.call('ZRANGE', KEYS[1] .. 'waiting:' .. ARGV[1], 0, -1)) do
    found[#found + 1] = redis.call('HGET', KEYS[1] .. 'run:' .. run_id, 'run')
end
return found
"""

RUNS = """
local found = {}
for _, run_id in ipairs(ARGV) do
    local run = redis.call('HGET', KEYS[1] .. 'run:' .. run_id, 'run')
    if run then found[#found + 1] = run end
end
return found
"""

TAKE_LOCK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
"""From a holder that has gone."""

FREE_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""
