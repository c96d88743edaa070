// The sources that the runner knows. Written by scripts/worker-sources; not to be changed by hand.

export const descriptions = [
  {
    "default_origin": "https://www.cga.ct.gov",
    "definitions": [],
    "document_type": "statute",
    "exclusive": true,
    "id": "cga",
    "jurisdiction": "us-ct",
    "lists_releases": true,
    "name": "General Statutes of Connecticut",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "additionalProperties": false,
      "properties": {
        "accept": {
          "description": "Findings of the validation gate about single nodes that are as upstream published them, each as RULE:KEY.",
          "items": {
            "maxLength": 1100,
            "pattern": "^(announced_missing|announced_vanished|node_twice|piece_empty):/.{1,999}$",
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "allow_shrink": {
          "description": "Lets a revision become visible although a unit has lost more than a third of its nodes.",
          "type": "boolean"
        },
        "chapters": {
          "description": "Chapters to ingest, for example 952, and articles of title 42a, for example art2a; all when absent.",
          "items": {
            "pattern": "^(ch|art)?[0-9]{1,3}[A-Za-z]{0,2}$",
            "type": "string"
          },
          "maxItems": 2000,
          "minItems": 1,
          "type": "array",
          "uniqueItems": true
        },
        "supplement": {
          "default": false,
          "description": "Lays the newest Supplement over the statutes: just the sections that it prints are replaced or added.",
          "type": "boolean"
        },
        "titles": {
          "description": "Titles to ingest, for example 53a; all when absent.",
          "items": {
            "pattern": "^[0-9]{1,3}[A-Za-z]?$",
            "type": "string"
          },
          "maxItems": 200,
          "minItems": 1,
          "type": "array",
          "uniqueItems": true
        }
      },
      "type": "object"
    },
    "region": "Connecticut"
  },
  {
    "definitions": [
      {
        "name": "Geocoding-Backfill",
        "parameters": {},
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "geocode-backfill",
    "jurisdiction": "us",
    "lists_releases": false,
    "name": "Geocoding of calls without coordinates",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "area": {
          "description": "What is added to each address, for example “Dubuque, Iowa”.",
          "maxLength": 200,
          "type": "string"
        },
        "chunk_size": {
          "description": "How many addresses are looked up at most.",
          "maximum": 100000,
          "minimum": 1,
          "type": "integer"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "local"
  },
  {
    "definitions": [
      {
        "name": "Iowa-Corrections",
        "parameters": {},
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "iowa-corrections",
    "jurisdiction": "us-ia",
    "lists_releases": false,
    "name": "Iowa Department of Corrections: offenders",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "county": {
          "description": "The county's number in the search, 31 (Dubuque) unless given; empty for all.",
          "pattern": "^[0-9]{0,3}$",
          "type": "string"
        },
        "days": {
          "description": "Taken, and without effect: the search has no days.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "details": {
          "description": "Whether each offender's details are read; true unless given.",
          "type": "boolean"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "last_name": {
          "description": "What the last name begins with.",
          "maxLength": 100,
          "type": "string"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "Iowa",
    "retention_days": 14
  },
  {
    "definitions": [
      {
        "name": "Iowa-Registry",
        "parameters": {},
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "iowa-registry",
    "jurisdiction": "us-ia",
    "lists_releases": false,
    "name": "Iowa sex offender registry",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "county": {
          "description": "The county's name; Dubuque unless given.",
          "maxLength": 60,
          "type": "string"
        },
        "days": {
          "description": "Taken, and without effect: the search has no days.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "details": {
          "description": "Whether each registrant's details are read; true unless given.",
          "type": "boolean"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 14,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "update": {
          "description": "Another name of `updated`: true stands for “yesterday”.",
          "type": "boolean"
        },
        "updated": {
          "description": "Only registrants whose data changed then; nobody is then found to be gone.",
          "enum": [
            "yesterday"
          ],
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "Iowa",
    "retention_days": 14,
    "terms": {
      "requests_per_hour": 50
    }
  },
  {
    "definitions": [],
    "document_type": "record",
    "exclusive": false,
    "id": "open-data",
    "jurisdiction": "us",
    "lists_releases": false,
    "name": "Open-data portal: rows of a dataset",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "dataset": {
          "description": "The dataset's identifier in the portal, two times four letters and digits.",
          "pattern": "^[a-z0-9]{4}-[a-z0-9]{4}$",
          "type": "string"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "page_rows": {
          "description": "How many rows are asked for at once, 1000 unless given.",
          "maximum": 10000,
          "minimum": 1,
          "type": "integer"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "where": {
          "description": "Which of its rows, as the portal's own condition in SoQL; all when absent.",
          "maxLength": 1000,
          "minLength": 1,
          "type": "string"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "required": [
        "dataset"
      ],
      "type": "object"
    },
    "region": "local",
    "retention_days": 30
  },
  {
    "definitions": [
      {
        "name": "P2C-DailyBulletin",
        "parameters": {
          "chunk_size": 7,
          "days": 3,
          "log_level": "INFO",
          "workers": 7
        },
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "p2c-bulletin",
    "jurisdiction": "us",
    "lists_releases": false,
    "name": "Police to Citizen: daily bulletin",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "chunk_size": {
          "description": "How many days one session asks for.",
          "maximum": 366,
          "minimum": 1,
          "type": "integer"
        },
        "days": {
          "description": "How many days are asked for, the last one first.",
          "maximum": 366,
          "minimum": 1,
          "type": "integer"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "type": {
          "description": "Which entries: arrests, citations, incidents, accidents; as a rule empty, which gives all.",
          "enum": [
            "",
            "AL",
            "AR",
            "TC",
            "LW",
            "TA"
          ],
          "type": "string"
        },
        "until": {
          "description": "The last day; today in UTC unless given.",
          "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "local",
    "retention_days": 30
  },
  {
    "definitions": [
      {
        "name": "P2C-DubqueRecentCallsRip",
        "parameters": {},
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "p2c-calls",
    "jurisdiction": "us",
    "lists_releases": false,
    "name": "Police to Citizen: calls for service",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "coordinates": {
          "description": "What the classic portal's coordinates are measured in: metres or US survey feet of the plane EPSG:26975 (Iowa North); “none”: they are of another plane and not used.",
          "enum": [
            "metres",
            "feet",
            "none"
          ],
          "type": "string"
        },
        "days": {
          "description": "Taken, and without effect: the portal says how far back it shows.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "portal": {
          "description": "The portal's generation: pages of ASP.NET, or one page that asks an API. Without it “newer” for hosts of policetocitizen.com, “classic” for others.",
          "enum": [
            "classic",
            "newer"
          ],
          "type": "string"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "rows": {
          "description": "Rows that a page of a list holds; the newer portal takes 200.",
          "maximum": 10000,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "local",
    "retention_days": 30
  },
  {
    "definitions": [
      {
        "name": "P2C-Inmates",
        "parameters": {
          "days": 3,
          "workers": 7
        },
        "retries": {
          "endless": {
            "longest_pause_seconds": 5,
            "shortest_pause_seconds": 1
          }
        }
      }
    ],
    "document_type": "record",
    "exclusive": false,
    "id": "p2c-inmates",
    "jurisdiction": "us",
    "lists_releases": false,
    "name": "Police to Citizen: inmates",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": {
        "allow_empty": {
          "description": "Takes it for the truth when a list is empty although many of its records are known.",
          "type": "boolean"
        },
        "allow_shape": {
          "description": "Takes rows that have other members than the ones that are known.",
          "type": "boolean"
        },
        "days": {
          "description": "Taken, and without effect: a roster has no days.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "log_level": {
          "description": "Taken, and without effect here.",
          "maxLength": 20,
          "type": "string"
        },
        "max_workers": {
          "description": "Another name of `workers`, which goes before it.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        },
        "portal": {
          "description": "The portal's generation: pages of ASP.NET, or one page that asks an API. Without it “newer” for hosts of policetocitizen.com, “classic” for others.",
          "enum": [
            "classic",
            "newer"
          ],
          "type": "string"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "retention_days": {
          "description": "For how many days a record is kept that is not seen any more.",
          "maximum": 3650,
          "minimum": 1,
          "type": "integer"
        },
        "rows": {
          "description": "Rows that a part of a newer portal's list holds.",
          "maximum": 10000,
          "minimum": 1,
          "type": "integer"
        },
        "site": {
          "description": "The site's address, in the place of the operator's origin.",
          "maxLength": 1000,
          "pattern": "^https?://",
          "type": "string"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        },
        "workers": {
          "description": "The most requests at once, within what the host is asked by all together.",
          "maximum": 64,
          "minimum": 1,
          "type": "integer"
        }
      },
      "type": "object"
    },
    "region": "local",
    "retention_days": 30
  },
  {
    "definitions": [],
    "document_type": "none",
    "exclusive": false,
    "id": "probe",
    "jurisdiction": "none",
    "lists_releases": false,
    "name": "Probe",
    "parameters": {
      "additionalProperties": false,
      "properties": {
        "ask_times": {
          "description": "How often to ask for it; once unless given.",
          "maximum": 1000,
          "minimum": 0,
          "type": "integer"
        },
        "ask_url": {
          "description": "An address to ask for, each time in a session of its own.",
          "maxLength": 500,
          "pattern": "^https?://[^ ]+$",
          "type": "string"
        },
        "children": {
          "description": "Processes to start.",
          "maximum": 1000,
          "minimum": 0,
          "type": "integer"
        },
        "cpu_ms": {
          "description": "Milliseconds of processor time to use.",
          "maximum": 3600000,
          "minimum": 0,
          "type": "integer"
        },
        "daemons": {
          "description": "Processes to start that leave the runner's session.",
          "maximum": 100,
          "minimum": 0,
          "type": "integer"
        },
        "direct_allowed": {
          "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
          "type": "boolean"
        },
        "event_bytes": {
          "description": "Length of each event's message in bytes.",
          "maximum": 60000,
          "minimum": 0,
          "type": "integer"
        },
        "events": {
          "description": "How many progress events to report.",
          "maximum": 1000000,
          "minimum": 0,
          "type": "integer"
        },
        "fail": {
          "description": "How to fail: 'crash' aborts, 'hang' never ends and ignores being asked to, 'kill' or 'signal:N' ends by a signal, 'stop' stops like SIGSTOP, 'exit:N' ends without a report, 'fork_bomb' starts more and more processes, 'noise' writes a huge line and binary bytes and succeeds; any other word is the code of an ordinary failure.",
          "maxLength": 64,
          "pattern": "^[a-z][a-z0-9_]*(:[0-9]{1,3})?$",
          "type": "string"
        },
        "fail_attempts": {
          "description": "How many attempts fail, from the first; all unless given.",
          "maximum": 1000000,
          "minimum": 0,
          "type": "integer"
        },
        "ignore_stop": {
          "description": "Go on when asked to stop.",
          "type": "boolean"
        },
        "interval_ms": {
          "description": "Milliseconds between two events.",
          "maximum": 3600000,
          "minimum": 0,
          "type": "integer"
        },
        "key": {
          "description": "Name on the stamps.",
          "maxLength": 200,
          "pattern": "^[^ \\n\\r\\t]+$",
          "type": "string"
        },
        "log_lines": {
          "description": "Lines to write to the log.",
          "maximum": 10000000,
          "minimum": 0,
          "type": "integer"
        },
        "memory_mib": {
          "description": "MiB of memory to fill while running.",
          "maximum": 65536,
          "minimum": 0,
          "type": "integer"
        },
        "open_files": {
          "description": "Files to open.",
          "maximum": 100000,
          "minimum": 0,
          "type": "integer"
        },
        "output_line": {
          "description": "A line to write to the standard output, as it is.",
          "maxLength": 2000,
          "type": "string"
        },
        "proxies": {
          "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
          "items": {
            "maxLength": 500,
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "reveal_settings": {
          "description": "Say what the runner was told in confidence wherever a runner can say something.",
          "type": "boolean"
        },
        "sleep_attempts": {
          "description": "How many attempts sleep, from the first; all unless given.",
          "maximum": 1000,
          "minimum": 0,
          "type": "integer"
        },
        "sleep_ms": {
          "description": "Milliseconds to sleep after the events.",
          "maximum": 86400000,
          "minimum": 0,
          "type": "integer"
        },
        "strangers": {
          "description": "Daemons to start that show nothing of the runner in their settings.",
          "maximum": 100,
          "minimum": 0,
          "type": "integer"
        },
        "use_proxies": {
          "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
          "type": "boolean"
        }
      },
      "type": "object"
    },
    "region": "none"
  },
  {
    "default_origin": "https://uscode.house.gov",
    "definitions": [],
    "document_type": "statute",
    "exclusive": true,
    "id": "usc",
    "jurisdiction": "us",
    "lists_releases": true,
    "name": "United States Code",
    "parameters": {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "additionalProperties": false,
      "properties": {
        "accept": {
          "description": "Findings of the validation gate about single nodes that are as upstream published them, each as RULE:KEY.",
          "items": {
            "maxLength": 1100,
            "pattern": "^(announced_missing|announced_vanished|node_twice|piece_empty):/.{1,999}$",
            "type": "string"
          },
          "maxItems": 1000,
          "type": "array"
        },
        "allow_shrink": {
          "description": "Lets a revision become visible although a unit has lost more than a third of its nodes.",
          "type": "boolean"
        },
        "release": {
          "description": "Release point to ingest, for example 119-36; the newest when absent.",
          "pattern": "^[1-9][0-9]{0,3}-[1-9][0-9]{0,4}(not[1-9][0-9]{0,4}){0,20}(u[1-9][0-9]?)?$",
          "type": "string"
        },
        "titles": {
          "description": "Titles and appendices to ingest; all of the Code when absent.",
          "items": {
            "enum": [
              "1",
              "2",
              "3",
              "4",
              "5",
              "5a",
              "6",
              "7",
              "8",
              "9",
              "10",
              "11",
              "11a",
              "12",
              "13",
              "14",
              "15",
              "16",
              "17",
              "18",
              "18a",
              "19",
              "20",
              "21",
              "22",
              "23",
              "24",
              "25",
              "26",
              "27",
              "28",
              "28a",
              "29",
              "30",
              "31",
              "32",
              "33",
              "34",
              "35",
              "36",
              "37",
              "38",
              "39",
              "40",
              "41",
              "42",
              "43",
              "44",
              "45",
              "46",
              "47",
              "48",
              "49",
              "50",
              "50a",
              "51",
              "52",
              "54"
            ],
            "type": "string"
          },
          "minItems": 1,
          "type": "array",
          "uniqueItems": true
        }
      },
      "type": "object"
    },
    "region": "federal"
  }
];
