"""The settings of the project that Scrapyd runs."""

BOT_NAME = "probe"
SPIDER_MODULES = ["scrapyd_spiders"]
# Nothing that a job which does nothing could do without.
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "ERROR"
