using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <summary>Closes circuit breakers of this session, so that calls go out again at once.</summary>
[Cmdlet(VerbsCommon.Reset, "EtlBreaker", SupportsShouldProcess = true)]
[OutputType(typeof(EtlBreaker))]
public sealed class ResetEtlBreakerCommand : EtlCmdlet
{
    /// <summary>The dependencies. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(BreakerCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Writes the breakers after they were closed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void OnRecord()
    {
        foreach (CircuitBreaker breaker in BreakerNames.Find(this, Name))
        {
            if (!ShouldProcess(breaker.Name, $"Close the breaker, which is {breaker.Status.State}"))
                continue;
            breaker.Reset();
            if (PassThru)
                WriteObject(new EtlBreaker(breaker.Status));
        }
    }
}
