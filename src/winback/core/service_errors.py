"""How the service is refused: simulations, users and jobs of the dashboard, and serving itself."""

from winback.core.errors import DataRefused, UsageError, WinbackError


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
