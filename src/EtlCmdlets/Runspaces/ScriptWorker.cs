using System.Management.Automation;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>One thread with one runspace, until the input ends, the stage stops, or its record is taken away from it.</summary>
internal sealed class ScriptWorker : IDisposable
{
    private readonly ScriptWorkers _owner;
    private readonly WorkerPort<RecordChunk> _port;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ScriptTransform? _transform;
    private volatile WorkerRunspace? _runspace;

    public ScriptWorker(ScriptWorkers owner, WorkerPort<RecordChunk> port, WorkerLease? lease)
    {
        _owner = owner;
        _port = port;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(port.Stopping);
        Lease = lease;
    }

    public WorkerLease? Lease { get; }

    /// <summary>Ends with the thread.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The chunk that a worker whose lease is lost leaves behind.</summary>
    public ChunkTransform? LeftBehind => _transform?.Current;

    public void Start(ChunkTransform first)
    {
        var thread = new Thread(() => Work(first)) { IsBackground = true, Name = $"EtlTools script {_port.Number}" };
        thread.Start();
    }

    /// <summary>Tells the script to end.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Gives up a script that does not end.</summary>
    public void LeaveBehind() => _runspace?.LeaveBehind();

    /// <summary>Only when the thread has ended.</summary>
    public void Dispose() => _stop.Dispose();

    private void Work(ChunkTransform first)
    {
        try
        {
            Run(first);
            _ended.TrySetResult();
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            _ended.TrySetResult();
        }
        catch (CmdletInvocationException e) when (e.InnerException is not null)
        {
            _ended.TrySetException(e.InnerException);
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);
        }
    }

    private void Run(ChunkTransform first)
    {
        CancellationToken stopping = _stop.Token;
        using WorkerRunspace worker = _owner.OpenRunspace(made => _runspace = made, stopping);
        using var shell = PowerShell.Create();
        shell.Runspace = worker.Runspace;
        using var streams = new WorkerStreams(shell.Streams, worker.Host, _owner.Messages);
        var transformer = new Transformer(_owner.Transform);
        using var steps = new ScriptSteps(_port, _owner.Transform, transformer, _owner.Blocks, Lease, streams, stopping);
        _transform = new ScriptTransform(_port, _owner.Transform, transformer, steps, streams, stopping);
        shell.AddScript("param($EtlTransform, $EtlFirst) Invoke-EtlScriptLoop -Transform $EtlTransform -First $EtlFirst")
            .AddParameter("EtlTransform", _transform)
            .AddParameter("EtlFirst", first)
            // Under this name the engine looks up $using: values, in an enclosing script's bound parameters.
            .AddParameter("--%", _owner.Blocks.Using);
        using (stopping.Register(() => WorkerRunspace.Stop(shell)))
            shell.Invoke();
    }
}
