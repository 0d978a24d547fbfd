using System.Management.Automation;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace EtlTools.Shell.Commands;

[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    public FormatTableCommand() => EngineInternals.ImplementFormat(this, "Table");
}

[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    public FormatListCommand() => EngineInternals.ImplementFormat(this, "List");
}
