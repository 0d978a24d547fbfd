using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;

namespace EtlTools.Cmdlets;

/// <summary>Shows where this session's runs tell what they do.</summary>
[Cmdlet(VerbsCommon.Get, "EtlTelemetry")]
[OutputType(typeof(EtlTelemetry))]
public sealed class GetEtlTelemetryCommand : EtlCmdlet
{
    private protected override void OnEnd() => WriteObject(new EtlTelemetry(EtlSession.Current));
}
