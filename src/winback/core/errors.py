"""Every way we refuse, by name: the kinds of refusals, and those of the shop file, its data and its
model. Those of waves are in `wave_errors`, those of simulations, the dashboard and serving in
`service_errors`.

An error is a key plus values. `i18n.messages` holds the sentence for the key in Chinese and
English, and entry points print it; so a package can refuse without knowing who reads it, or in
which language.
"""

import re
from collections.abc import Mapping
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


def _rebuild(kind: type[WinbackError], values: Mapping[str, object]) -> WinbackError:
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
class ExportMissing(DataRefused): ...


class FileMissing(DataRefused): ...


class FileUnreadable(DataRefused): ...


class FileNotUtf8(DataRefused): ...


class FileNotText(DataRefused): ...


class EncodingAmbiguous(DataRefused): ...


class FileEncrypted(DataRefused): ...


class FileTooDense(DataRefused): ...


class OldWorkbook(DataRefused): ...


class SheetMissing(DataRefused): ...


class SheetsAmbiguous(DataRefused): ...


class EncodingUnknown(UsageError): ...


class ReaderCrashed(DataRefused): ...


class ReaderTimeout(DataRefused): ...


class DatabaseRefused(DataRefused): ...


class EnvironmentMissing(UsageError): ...


class ColumnMissing(DataRefused): ...


class FileFitsNoSource(DataRefused): ...


class NoFileFits(DataRefused): ...


class FileFitsSeveral(UsageError): ...


class PathNotAdded(UsageError): ...


class ColumnDuplicated(DataRefused): ...


class HeaderMissing(DataRefused): ...


class HeaderChanged(DataRefused): ...


class QuoteOpen(DataRefused): ...


class NotRecognised(DataRefused): ...


class AnswerNeeded(UsageError): ...


class AnswersNeeded(AnswerNeeded):
    """Several at once; `key` and `question` are those of the first."""


class AnswerInvalid(UsageError): ...


class ShopOrFilesNeeded(UsageError): ...


class ShopFileExists(UsageError): ...


class RowNotFound(UsageError): ...


class MergeUnknown(UsageError): ...


class DatesAmbiguous(DataRefused): ...


class AmountsAmbiguous(DataRefused): ...


class NameNotUtf8(UsageError): ...


class NewShopOnly(UsageError): ...


class UnitChanged(DataRefused): ...


class NoAmountMapped(UsageError): ...


class MaskedIds(DataRefused): ...


class DamagedIds(DataRefused): ...


class PinduoduoNamesNobody(DataRefused): ...


class AmazonNamesNobody(DataRefused): ...


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


# Any step.
class SnapshotDamaged(DataRefused): ...


class FolderNotWritable(WinbackError): ...


class UnexpectedError(WinbackError): ...
