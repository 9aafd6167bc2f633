"""What every service is told about the command it runs for; the clock is read elsewhere and arrives here."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from dexcli.domain.dates import Prefer
from dexcli.services import dates
from dexcli.store.settings import DueSettings


class Invocation(Struct, frozen=True, kw_only=True):
    """One run of a command."""

    now: datetime
    """With the local zone."""
    command: str
    """For the history: `log`, `import`."""
    region: str | None = None
    """Explains phone numbers without a calling code: `GB`."""
    date_order: str | None = None
    """`DMY`, `MDY` or `YMD`; None: 03/04/2026 is refused."""
    language: str = "en"
    settings: DueSettings = DueSettings()
    """In force now; derived rows may still be those of other ones."""
    dry_run: bool = False

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    def read_date(self, text: str, prefer: Prefer) -> date:
        """Read a day as typed; raises UsageError for what is no day."""
        return dates.read(text, today=self.today, prefer=prefer, order=self.date_order, language=self.language)
