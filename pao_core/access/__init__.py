"""Who may come in, see and do what: the viewer, rights, scope, sign-in; the one door to tenant rows."""

from pao_core.access.rights import AccessDenied
from pao_core.access.viewer import Membership, Viewer

__all__ = ["AccessDenied", "Membership", "Viewer"]
