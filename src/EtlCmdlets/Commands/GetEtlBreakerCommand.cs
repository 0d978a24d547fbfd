using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <summary>Shows the circuit breakers of this session.</summary>
[Cmdlet(VerbsCommon.Get, "EtlBreaker")]
[OutputType(typeof(EtlBreaker))]
public sealed class GetEtlBreakerCommand : EtlCmdlet
{
    /// <summary>The dependencies. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(BreakerCompleter))]
    public string[] Name { get; set; } = ["*"];

    private protected override void OnRecord()
    {
        foreach (CircuitBreaker breaker in BreakerNames.Find(this, Name))
            WriteObject(new EtlBreaker(breaker.Status));
    }
}
