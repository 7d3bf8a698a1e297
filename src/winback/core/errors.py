"""Every way we refuse, by name.

An error is a key plus values. `i18n.messages` holds the sentence for the key in Chinese and
English, and entry points print it; so a package can refuse without knowing who reads it, or in
which language.
"""

import re
from typing import Any, ClassVar


class WinbackError(Exception):
    """A refusal a user can act on. Its key is its class name in snake_case; exit code 1."""

    exit_code: ClassVar[int] = 1

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(f"{self.key()}: {values}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.values)

    @classmethod
    def key(cls) -> str:
        """The name of this refusal in the catalogue."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def _rebuild(kind: type[WinbackError], values: dict[str, Any]) -> WinbackError:
    return kind(**values)


class UsageError(WinbackError):
    """The command or the shop file asks for something that cannot be; exit code 2."""

    exit_code = 2


class DataRefused(WinbackError):
    """The data cannot be used as it is; exit code 3."""

    exit_code = 3


# The shop file.
class ShopFileMissing(UsageError): ...


class ShopFileUnreadable(UsageError): ...


class ShopFileInvalid(UsageError): ...


class ProfileUnknown(UsageError): ...


class PathsMissing(UsageError): ...


class PackageMissing(UsageError): ...


# Files as they come from the shop.
class FileMissing(DataRefused): ...


class FileUnreadable(DataRefused): ...


class FileNotUtf8(DataRefused): ...


class FileNotText(DataRefused): ...


class FileEncrypted(DataRefused): ...


class FileTooDense(DataRefused): ...


class OldWorkbook(DataRefused): ...


class SheetMissing(DataRefused): ...


class EncodingUnknown(UsageError): ...


class ReaderCrashed(DataRefused): ...


class ReaderTimeout(DataRefused): ...


class DatabaseRefused(DataRefused): ...


class EnvironmentMissing(UsageError): ...


class ColumnMissing(DataRefused): ...


class ColumnDuplicated(DataRefused): ...


class HeaderMissing(DataRefused): ...


class NotRecognised(DataRefused): ...


class AnswerNeeded(UsageError): ...


class AnswerInvalid(UsageError): ...


class ShopOrFilesNeeded(UsageError): ...


class ShopFileExists(UsageError): ...


class RowNotFound(UsageError): ...


class MergeUnknown(UsageError): ...


class DatesAmbiguous(DataRefused): ...


class AmountsAmbiguous(DataRefused): ...


class NameNotUtf8(UsageError): ...


class FilesAndShop(UsageError): ...


class UnitChanged(DataRefused): ...


class NoAmountMapped(UsageError): ...


class MaskedIds(DataRefused): ...


class DamagedIds(DataRefused): ...


class KeyUnreadable(DataRefused): ...


class NothingImported(DataRefused): ...


class OrderTooLarge(DataRefused): ...


# Rules and playbooks.
class RuleUnreadable(UsageError): ...


class PlaybookMissing(UsageError): ...


class PlaybookUnreadable(UsageError): ...


class PlaybookInvalid(UsageError): ...


class OutFormatUnknown(UsageError): ...


class OutFolderMissing(UsageError): ...


class NotScored(UsageError): ...


class CustomerUnknown(UsageError): ...


class PlayUnknown(UsageError): ...


# What we keep.
class NotImported(UsageError): ...


class ImportAgain(UsageError): ...


class TableDamaged(DataRefused): ...


# Time.
class CutoffUnreadable(UsageError): ...


class CutoffTooLate(DataRefused): ...


class CutoffTooEarly(DataRefused): ...


class CutoffTooEarlyToLearn(DataRefused): ...


class CutoffAfterData(DataRefused): ...


class HistoryTooShort(DataRefused): ...


class NoGaps(DataRefused): ...


class NoOrderCounts(DataRefused): ...


class OneClassOnly(DataRefused): ...


# The model.
class NoModelYet(UsageError): ...


class NoEarlierModel(UsageError): ...


class ModelUnknown(UsageError): ...


class PromoteOrRollBack(UsageError): ...


class ParametersUnreadable(UsageError): ...


class TooShortToTune(DataRefused): ...


class BundleDamaged(DataRefused): ...


class BundleOfAnotherSpec(DataRefused): ...


# The ledger and its keys.
class LedgerRefused(WinbackError): ...


class LedgerNewer(UsageError): ...


class KeyNameTaken(UsageError): ...


class KeyNameUnreadable(UsageError): ...


class KeyUnknown(UsageError): ...


class ScopeUnknown(UsageError): ...


class RateUnreadable(UsageError): ...


class DaysOutOfRange(UsageError): ...


# Waves and their delivery.
class WaveUnknown(UsageError): ...


class WaveDecided(UsageError): ...


class CustomerCountMissing(UsageError): ...


class WaveWarnings(WinbackError): ...


class ChannelUnknown(UsageError): ...


class DeliveryUnknown(UsageError): ...


class DeliveryAlreadyResolved(UsageError): ...


class RunInProgress(WinbackError): ...


class LeaseLost(WinbackError): ...


class LedgerRestored(WinbackError): ...


class JournalDamaged(WinbackError): ...


class VaultKeyWrong(WinbackError): ...


class TokenUnknown(UsageError): ...


class CustomerOrToken(UsageError): ...


class ReceiptsUnreadable(DataRefused): ...


class ListUnreadable(DataRefused): ...


class NotConfirmed(UsageError): ...


class NoWecom(UsageError): ...


class NoContacts(UsageError): ...


class ChannelUnreachable(WinbackError): ...


# Proof.
class PlaybookMismatch(UsageError): ...


class WaveNotSent(UsageError): ...


class TestUnknown(UsageError):
    __test__ = False  # for pytest, which collects what is called so


class VariantUnknown(UsageError): ...


# The simulated shop.
class WorldUnknown(UsageError): ...


class SimulationUnknown(UsageError): ...


class SimulationExists(UsageError): ...


class SimulationNameInvalid(UsageError): ...


# The dashboard.
class UserNameInvalid(UsageError): ...


class UserNameTaken(UsageError): ...


class UserUnknown(UsageError): ...


class RoleUnknown(UsageError): ...


class PasswordShort(UsageError): ...


class LastAdmin(UsageError): ...


class NoUserYet(UsageError): ...


class JobRunning(WinbackError): ...


class UploadRefused(DataRefused): ...


class PreviewNeedsFiles(UsageError): ...


# The service.
class AddressNeedsKeys(UsageError): ...


class AddressNeedsTls(UsageError): ...


class TlsUnreadable(UsageError): ...


class PortTaken(UsageError): ...


class SnapshotDamaged(DataRefused): ...


class FolderNotWritable(WinbackError): ...


class UnexpectedError(WinbackError): ...
