"""The sample pledges and their stories: every stage and state of an update, three languages, a joint pledge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pledges.facts import PledgeFacts
from pledges.models import PledgeVersion, Stage
from pledges.models.update import ScopeChange
from pledges.samples.people import CITY, NETWORK, REPUBLIC, TRUST
from pledges.samples.told import Told


@dataclass(frozen=True)
class SamplePledge:
    """One pledge and the story of what was reported on it."""

    reference: str
    occasion: str
    facts: PledgeFacts
    story: Callable[[Told], None] = lambda _told: None


def _result(label: str, value: str, unit: str) -> dict[str, str]:
    return {"label": label, "value": value, "unit": unit}


def _schools(told: Told) -> None:
    told.published(
        date(2020, 6, 10),
        Stage.PLANNING,
        narrative="Sample text: two districts were chosen together with parents and local schools.",
    )
    told.published(
        date(2021, 2, 8),
        Stage.IN_PROGRESS,
        narrative="Sample text: lessons began in the first district. In the second, rooms are being repaired.",
        results=[_result("Children enrolled", "180", "children"), _result("Teachers trained", "12", "teachers")],
        challenges="Sample text: schools were closed for three months.",
        support_needed="Sample text: 40 desks for the second district.",
        links=["https://example.org/sample-report"],
        scope_change=ScopeChange.DELAYED,
    )


def _tents(told: Told) -> None:
    told.published(date(2020, 6, 15), Stage.IN_PROGRESS, narrative="Sample text: half of the shelters are in place.")
    told.published(
        date(2021, 3, 1),
        Stage.FULFILLED,
        narrative="Sample text: all shelters were handed over to the families' committees.",
        results=[_result("Shelters handed over", "1200", "shelters")],
    )


def _law(told: Told) -> None:
    told.published(
        date(2020, 10, 20),
        Stage.PLANNING,
        narrative="Texte d'exemple : un groupe de travail prépare l'avant-projet de loi.",
    )


def _grants(told: Told) -> None:
    told.returned(
        date(2021, 2, 10),
        Stage.IN_PROGRESS,
        narrative="Sample text: the first grants were paid.",
        comment="Sample comment: please say how many grants were paid.",
    )


def _birth_records(told: Told) -> None:
    told.published(date(2020, 6, 22), Stage.PLANNING, narrative="Sample text: the law is being prepared.")
    told.submitted(
        date(2021, 4, 12),
        Stage.IN_PROGRESS,
        narrative="Sample text: mobile offices register births in four regions.",
        results=[_result("Regions covered", "4", "regions")],
    )


def _legal_help(told: Told) -> None:
    told.draft(date(2021, 4, 3), Stage.IN_PROGRESS, narrative="Sample text: not finished yet.")


def _jobs(told: Told) -> None:
    told.withdrawn(
        date(2020, 6, 5),
        Stage.FULFILLED,
        on=date(2020, 6, 12),
        note="Sample note: sent for another pledge by mistake.",
        narrative="Sample text: sent by mistake.",
    )
    told.published(
        date(2020, 10, 6),
        Stage.IN_PROGRESS,
        narrative="Sample text: the fund has opened and takes applications.",
        results=[_result("Applications", "64.5", "% from refugees")],
    )
    told.confirmed(date(2021, 3, 15))


def sample_pledges() -> list[SamplePledge]:
    """All sample pledges, with what was reported on each."""
    return [
        SamplePledge(
            "SMP-001",
            "grf-2019",
            PledgeFacts(
                title="Sample pledge: school places for 500 children",
                description="Sample text. This joint pledge shows how a lead reports for its partners.",
                lead=NETWORK,
                partners=(TRUST,),
                labels=("12 sample schools",),
                target_value=Decimal(500),
                target_unit="children",
                target_year=2022,
                themes=frozenset({"education"}),
                contribution_types=frozenset({"technical", "material"}),
                objectives=frozenset({"self-reliance"}),
            ),
            _schools,
        ),
        SamplePledge(
            "SMP-002",
            "grf-2019",
            PledgeFacts(
                title="Sample pledge: 1,200 shelters",
                lead=NETWORK,
                target_value=Decimal(1200),
                target_unit="shelters",
                target_year=2021,
                themes=frozenset({"energy-and-infrastructure"}),
                contribution_types=frozenset({"material"}),
            ),
            _tents,
        ),
        SamplePledge(
            "SMP-003",
            "hls-2019",
            PledgeFacts(
                title="Exemple d'engagement : une procédure de détermination de l'apatridie",
                description="Texte d'exemple : cet engagement montre un texte en français.",
                language="fr",
                lead=REPUBLIC,
                target_year=2022,
                themes=frozenset({"statelessness"}),
                contribution_types=frozenset({"policy"}),
            ),
            _law,
        ),
        SamplePledge(
            "SMP-004",
            "grf-2019",
            PledgeFacts(
                title="تعهد نموذجي: دورات لغوية للوافدين الجدد",
                description="نص نموذجي: يبين هذا التعهد نصا باللغة العربية لم يقدم عنه أي تحديث بعد.",
                language="ar",
                lead=CITY,
                target_value=Decimal(300),
                target_unit="مشارك",
                themes=frozenset({"education", "solutions"}),
                contribution_types=frozenset({"other"}),
                target_period=PledgeVersion.Period.YEAR,
            ),
        ),
        SamplePledge(
            "SMP-005",
            "grf-2019",
            PledgeFacts(
                title="Sample pledge: small grants for refugee-led groups",
                lead=NETWORK,
                target_value=Decimal(250000),
                target_currency="EUR",
                target_year=2023,
                themes=frozenset({"jobs-and-livelihoods"}),
                contribution_types=frozenset({"financial"}),
            ),
            _grants,
        ),
        SamplePledge(
            "SMP-006",
            "hls-2019",
            PledgeFacts(
                title="Sample pledge: birth registration everywhere",
                support_asked="Sample text: mobile offices, and training for registrars.",
                lead=REPUBLIC,
                themes=frozenset({"statelessness", "protection-capacity"}),
                contribution_types=frozenset({"policy"}),
            ),
            _birth_records,
        ),
        SamplePledge(
            "SMP-007",
            "grf-2019",
            PledgeFacts(
                title="Sample pledge: free legal help",
                lead=NETWORK,
                target_value=Decimal(2000),
                target_unit="hours",
                themes=frozenset({"protection-capacity"}),
                contribution_types=frozenset({"technical"}),
                target_period=PledgeVersion.Period.YEAR,
            ),
            _legal_help,
        ),
        SamplePledge(
            "SMP-008",
            "grf-2019",
            PledgeFacts(
                title="Sample pledge: a fund for first jobs",
                lead=TRUST,
                target_value=Decimal(5000000),
                target_currency="USD",
                target_year=2024,
                themes=frozenset({"jobs-and-livelihoods"}),
                contribution_types=frozenset({"financial"}),
                objectives=frozenset({"self-reliance", "ease-pressures"}),
            ),
            _jobs,
        ),
    ]
