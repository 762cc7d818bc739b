-- Copies requests from HAProxy (2.4 or newer, with Lua) to an NGINX with `sidewatch_mirror_target`.
--
--     global
--         setenv SIDEWATCH_TARGET 127.0.0.1:8081
--         lua-load /etc/haproxy/sidewatch.lua
--     frontend web
--         option http-buffer-request
--         http-request lua.sidewatch-mirror
--
-- SIDEWATCH_WORKERS (4) connections, SIDEWATCH_QUEUE (1000) copies and SIDEWATCH_QUEUE_BYTES (8388608) are the bounds.
--
-- The action only puts a copy into a bounded queue; tasks of their own send what is there, each over a connection that stays open.
-- So a slow or dead target delays no client: when the queue is full, copies are dropped, counted and logged once in ten seconds.

local function number(name, default)
  local text = os.getenv(name)
  local value = text and tonumber(text) or default
  if text and (not tonumber(text) or value < 1 or value ~= math.floor(value)) then
    error(string.format("%s: a whole number from 1 is expected, not '%s'", name, text), 0)
  end
  return value
end

local target = os.getenv("SIDEWATCH_TARGET") or ""
local address, port = target:match("^%[?([%x%.:]+)%]?:(%d+)$")
if not address then
  error(string.format("SIDEWATCH_TARGET: an address and a port are expected, such as 127.0.0.1:8081, not '%s'", target), 0)
end
local workers, limit = number("SIDEWATCH_WORKERS", 4), number("SIDEWATCH_QUEUE", 1000)
local limit_bytes = number("SIDEWATCH_QUEUE_BYTES", 8388608)

local TIMEOUT = 2 -- seconds that the target may take to accept a connection or to answer
local IDLE = 5 -- milliseconds between looks into an empty queue
local RETRY = 1000 -- milliseconds before a target that failed is tried again

-- Fields of one hop, and those that only a mirror may set.
local OMIT = {
  ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["upgrade"] = true,
  ["transfer-encoding"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true,
}

-- A ring of copies: positions first to last-1 are taken. `bytes` bounds the memory they hold.
local queue, first, last, bytes = {}, 1, 1, 0
local dropped, told = 0, 0

local function drop(reason)
  dropped = dropped + 1
  local now = core.now().sec
  if now >= told + 10 then
    core.log(core.warning, string.format("sidewatch: requests not mirrored so far: %d; %s", dropped, reason))
    told = now
  end
end

local function add(lines, name, value)
  if value and value ~= "" then
    lines[#lines + 1] = name .. ": " .. value
  end
end

-- The copy: a request whose X-Sidewatch-* fields say what the original was.
local function copy(txn)
  local get = txn.f
  local version = get:req_ver() or ""
  local host = get:req_hdr("host") or ""
  local body = get:req_body() or ""
  -- With HTTP/2, and with an absolute target, HAProxy's url names the host too.
  local target = get:url() or ""
  if version == "2.0" and target:find("://", 1, true) then
    target = get:pathq() or target
  end
  local lines = { "POST / HTTP/1.1", "Host: " .. (host ~= "" and host or "sidewatch") }
  add(lines, "X-Sidewatch-Method", get:method())
  add(lines, "X-Sidewatch-Target", target)
  add(lines, "X-Sidewatch-Host", host)
  add(lines, "X-Sidewatch-Protocol", "HTTP/" .. version)
  add(lines, "X-Sidewatch-Id", txn:get_var("txn.sidewatch_id"))
  add(lines, "X-Sidewatch-Client", get:src())
  add(lines, "X-Sidewatch-Client-Port", tostring(get:src_port() or ""))
  for line in (get:req_hdrs() or ""):gmatch("([^\r\n]+)") do
    local name = line:match("^([^:]+):")
    local lower = name and name:lower()
    if lower == "transfer-encoding" then
      add(lines, "X-Sidewatch-Transfer-Encoding", line:match("^[^:]+:%s*(.*)$"))
    end
    if name and not OMIT[lower] and lower:sub(1, 12) ~= "x-sidewatch-" then
      lines[#lines + 1] = line
    end
  end
  lines[#lines + 1] = "Content-Length: " .. #body
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

core.register_action("sidewatch-mirror", { "http-req" }, function(txn)
  if last - first >= limit or bytes >= limit_bytes then
    return drop("the queue is full")
  end
  local made, what = pcall(copy, txn)
  if not made then
    return drop("the copy failed: " .. tostring(what))
  end
  queue[last], last, bytes = what, last + 1, bytes + #what
end)

-- Reads the answer to one copy; gives whether the connection can go on.
local function answered(socket)
  local status = socket:receive("*l")
  if not status or not status:match("^HTTP/1%.1 204") then
    return false, status
  end
  local keep = true
  while true do
    local line = socket:receive("*l")
    if not line then
      return false, "the answer was cut"
    end
    if line == "" or line == "\r" then
      return keep
    end
    if line:lower():match("^connection:%s*close") then
      keep = false
    end
  end
end

local function exchange(socket, what)
  if not socket:send(what) then
    return false, "the connection was closed"
  end
  return answered(socket)
end

local function worker()
  local socket
  while true do
    if first == last then
      core.msleep(IDLE)
    else
      local what = queue[first]
      queue[first], first, bytes = nil, first + 1, bytes - #what
      local fresh = not socket
      local keep, reason
      -- A connection that lay open may have been closed by the target meanwhile: once anew, then the copy is lost.
      for _ = 1, 2 do
        if not socket then
          socket, fresh = core.tcp(), true
          socket:settimeout(TIMEOUT)
          if not socket:connect(address, tonumber(port)) then
            socket, reason = nil, "the target cannot be reached"
            break
          end
        end
        keep, reason = exchange(socket, what)
        if keep or fresh or not (reason == nil or reason == "the connection was closed") then
          break
        end
        socket:close()
        socket = nil
      end
      if not keep then
        if socket then
          socket:close()
          socket = nil
        end
        if reason then
          drop(reason)
          core.msleep(RETRY)
        end
      end
    end
  end
end

for _ = 1, workers do
  core.register_task(worker)
end
