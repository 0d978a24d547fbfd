using System.Collections;
using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Cmdlets.Runspaces;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets;

/// <summary>Converts, checks and changes records: by declared rules, and by a script block in a pool of runspaces.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlTransform")]
[OutputType(typeof(EtlRecord))]
public sealed class InvokeEtlTransformCommand : EtlInputCommand
{
    private readonly StreamMessages _messages = new();
    private RecordPoolStage? _stage;
    private RecordRules? _rules;

    /// <summary>Runs for each record as $_. What it emits is the output; nothing drops the record.</summary>
    [Parameter(Position = 0)]
    [Alias("Process")]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Columns that must be there, and neither null nor an empty text.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Required { get; set; } = [];

    /// <summary>The most characters a column may have: @{ email = 254 }.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary MaxLength { get; set; } = new Hashtable();

    /// <summary>The types of columns: @{ amount = 'decimal' }. Converted before the rules and the script block.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Type { get; set; } = new Hashtable();

    private protected override IRecordInput Input => _stage!;

    /// <inheritdoc/>
    protected override void BeginProcessing() => OpenStage(() =>
    {
        _rules = new RecordRules(new TransformOptions
        {
            Types = ColumnArguments.Types(Type, nameof(Type)),
            Required = Required,
            MaxLength = ColumnArguments.Lengths(MaxLength, nameof(MaxLength)),
        });
        PoolWorker<RecordChunk> worker = ScriptBlock is null
            ? port => RuleWorker.RunAsync(port, _rules)
            : new ScriptWorkers(ScriptBlock, this, _rules, _messages).RunAsync;
        return _stage = new RecordPoolStage("Invoke-EtlTransform", SizeOfStage, Context.Run.Time, worker);
    });

    private protected override string? Plan
    {
        get
        {
            // Names of columns only: other arguments may hold values.
            string rules = string.Join(", ", MyInvocation.BoundParameters
                .Where(bound => bound.Value is IDictionary || bound.Key == nameof(Required))
                .Select(bound => $"{bound.Key} {string.Join(' ', bound.Value is IDictionary map ? map.Keys.Cast<object>() : Required)}"));
            string block = ScriptBlock is null ? "no script block" : "a script block";
            return FormattableString.Invariant($"Invoke-EtlTransform: {(rules.Length > 0 ? rules : "no rules")}; {block}; {ThrottleLimit} workers, a buffer of {BufferSize} records.");
        }
    }

    internal override void WriteMessages() => _messages.WriteTo(this);

    private protected override void OnCompleted()
    {
        StageCounters c = _stage!.Counters;
        if (ScriptBlock is not null && c.Filtered > 0 && c.Out == 0 && c.Failed == 0)
            WriteWarning($"The script block of Invoke-EtlTransform emitted nothing for any of {c.In - c.Forwarded} records. To pass a record on, end the block with $_.");
        foreach (string column in c.In > c.Forwarded ? _rules!.UnseenColumns : [])
            WriteWarning($"No record had the column '{column}' that -Type or -MaxLength names.");
    }
}
