# make run      the portal on http://127.0.0.1:$(PORT), with the real 2021 data; nothing else is needed
# make test     all tests (ARGS="events -k feed" for some)
# make lint     what CI checks beside the tests
# make fmt      formats Python and templates
# make worker   sends mail and plans reminders (needs REDIS_URL)
# make beat     wakes the worker (one is enough, two do no harm)
# make lock     writes the lock files anew from requirements*.txt
# make benchmark-calendar  how fast the calendar is, beside baselines (needs wrk)
# make benchmark-imports   how fast files of pledges come in, and what memory that takes
# make benchmark-registry  how much slower the registry is with 100,000 pledges
# make benchmark-mails     how fast the outbox sends and plans, beside Django without a ledger
# make benchmark-redis-frozen  how long people wait while Redis stands still
# make drill               ten seeds of twelve faults while 400 reminders go out (SEEDS=1 for one)
# make messages collects the texts for translators under locale/

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
ARGS ?=
BIN := $(VENV)/bin
CLOCK := $(if $(PORTAL_CLOCK),PORTAL_CLOCK=$(PORTAL_CLOCK))
QUICK := QUICK_START=1 PORT=$(PORT) $(CLOCK)
TEMPLATES := $(shell find templates -name '*.html' 2>/dev/null)

.DEFAULT_GOAL := run
.PHONY: run test lint fmt worker beat lock messages benchmark-calendar benchmark-registry benchmark-mails drill benchmark-imports benchmark-redis-frozen

# The stamps hold when the lock file was last installed, so a second run installs nothing.
$(VENV)/installed: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the portal needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what tests and checks need (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/installed
	@$(QUICK) $(BIN)/python manage.py quick_start
	@$(QUICK) exec $(BIN)/gunicorn hlom_portal.wsgi --bind 127.0.0.1:$(PORT) --threads 8 --log-level warning

test: $(VENV)/installed-dev
	@$(BIN)/python -m hlom_portal.tests.servers $(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(BIN)/mypy .

fmt: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES)

worker: $(VENV)/installed
	$(BIN)/celery -A hlom_portal.celery worker --loglevel info --concurrency 1

beat: $(VENV)/installed
	$(BIN)/celery -A hlom_portal.celery beat --loglevel info --schedule var/celerybeat

benchmark-calendar: $(VENV)/installed-dev
	@$(BIN)/python -m hlom_portal.tests.servers $(BIN)/python -m benchmarks.calendar

benchmark-imports: $(VENV)/installed-dev
	@$(BIN)/python -m hlom_portal.tests.servers $(BIN)/python -m benchmarks.imports

benchmark-registry: $(VENV)/installed-dev
	@$(BIN)/python -m hlom_portal.tests.servers $(BIN)/python -m benchmarks.registry

benchmark-mails: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks.mails

benchmark-redis-frozen: $(VENV)/installed-dev
	@$(BIN)/python -m hlom_portal.tests.servers $(BIN)/python -m benchmarks.redis_frozen

SEEDS ?= 10
drill: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks.drill --seeds $(SEEDS)

PIP_COMPILE := $(BIN)/python -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(VENV)/installed-dev
	$(PIP_COMPILE) --output-file requirements.lock requirements.txt
	$(PIP_COMPILE) --output-file requirements-dev.lock requirements-dev.txt

messages: $(VENV)/installed
	$(QUICK) $(BIN)/python manage.py makemessages --locale en --ignore var --ignore $(VENV)
