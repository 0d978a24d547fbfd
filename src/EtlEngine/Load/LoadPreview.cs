using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>A preview of a load: connects to the target and reads it, but changes nothing.</summary>
internal sealed class LoadPreview : IAsyncDisposable
{
    /// <summary>How long to wait before a target that does not answer is reported.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly string _provider;
    private readonly ITarget _target;
    private readonly MissingMembers _members;

    private LoadPreview(string provider, ITarget target, LoadOptions options)
    {
        _provider = provider;
        _target = target;
        _members = new MissingMembers(options);
    }

    /// <summary>Connects, and checks everything that can be checked without changes.</summary>
    /// <param name="options">The load.</param>
    /// <param name="run">The run of the load.</param>
    /// <param name="warn">Called for a target that does not answer soon, on any thread.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The call cannot work, or the target is unavailable; it is tried once.</exception>
    public static async Task<LoadPreview> OpenAsync(
        LoadOptions options, EtlRun run, Action<EtlException>? warn = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        options.Validate();
        LoadWatermark.RequireAble(options, run, hasLetters: options.DeadLetterPath is not null);
        IDialect dialect = Dialects.Get(options);
        Incomplete.RequireWhole(options, run);
        // A person is waiting, so an unavailable target is reported at once.
        LoadOptions looking = options with { IsPreview = true, OutageBudget = TimeSpan.Zero };
        Task<ITarget> opening = new LoadRetries(looking, run).RunAsync(token => dialect.OpenAsync(looking, token), cancellationToken).AsTask();
        bool isSlow = await Task.WhenAny(opening, Task.Delay(Silence, run.Time, cancellationToken)).ConfigureAwait(false) != opening;
        if (isSlow && !cancellationToken.IsCancellationRequested)
            warn?.Invoke(new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, $"{dialect.NameOf(options)} has not answered yet. -WhatIf waits for it."));
        ITarget target = await opening.ConfigureAwait(false);
        return new LoadPreview(dialect.Name, target, options);
    }

    /// <summary>What a load that starts with this record would do.</summary>
    /// <exception cref="EtlException">The record would be refused; the message says what to change.</exception>
    public LoadPlan Plan(Records.Record record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return _target.Plan(_members.Complete(record, _target.Definition)) with { Provider = _provider, Warnings = _target.Warnings };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _target.DisposeAsync();
}
