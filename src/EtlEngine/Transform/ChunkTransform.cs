using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform.Rules;
using EtlTools.Engine.Transform.Shaping;

namespace EtlTools.Engine.Transform;

/// <summary>
/// The transform of one chunk. With rules of uniqueness, all its records are checked first, then the chunk waits for its turn, and then the
/// script runs, because of several equal records the first one in the input is the good one. It stores its position, so that another worker
/// can continue if one is lost.
/// </summary>
/// <param name="transform">The steps.</param>
/// <param name="chunk">The records.</param>
/// <param name="newError">Creates the stage's errors.</param>
internal sealed class ChunkTransform(RecordTransform transform, RecordChunk chunk, ErrorFactory newError)
{
    /// <summary>The records.</summary>
    public RecordChunk Chunk => chunk;

    private readonly List<UInt128> _digests = [];
    private readonly List<Screened> _screened = [];
    private readonly bool _isUnique = transform.UniqueValues.Count > 0;
    private bool _hadTurn;
    private int _next;

    /// <summary>The records that are checked before the chunk's turn.</summary>
    public void BeforeTurn(Transformer transformer, IScriptSteps? steps, CancellationToken cancellationToken)
    {
        if (!_isUnique || _hadTurn)
            return;
        for (; _next < chunk.Input.Count; _next++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            steps?.Enter();
            Screened screened = Screen(chunk.Input[_next], transformer, steps);
            steps?.Leave();
            Keep(screened, transformer);
        }
    }

    /// <summary>Waits for the chunk's turn, and separates the first of equal records from the later ones.</summary>
    public async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (!_isUnique || _hadTurn)
            return;
        await transform.OrderedGate.EnterAsync(chunk.Number, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < _screened.Count; i++)
        {
            if (_screened[i].IsChecked)
                _screened[i] = CheckUnique(_screened[i], i * transform.UniqueValues.Count);
        }
        transform.OrderedGate.Leave();
        _hadTurn = true;
        _next = 0;
    }

    /// <summary>The rest.</summary>
    public void AfterTurn(Transformer transformer, IScriptSteps? steps, CancellationToken cancellationToken)
    {
        for (; _next < chunk.Input.Count; _next++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Record record = chunk.Input[_next];
            if (record.Error is not null)
            {
                chunk.Output.Add(record);
                continue;
            }
            steps?.Enter();
            Screened screened = _isUnique ? _screened[_next] : Screen(record, transformer, steps);
            RecordError? error = ErrorOf(screened);
            // It belongs to the worker, because an abandoned worker may still write to its own.
            List<Record> made = transformer.Made;
            made.Clear();
            if (error is null && !screened.IsFiltered)
                error = Emit(screened, transformer, steps, made);
            steps?.Leave();
            if (error is not null)
                chunk.Output.Add(transform.Fail(record, error));
            else
                Keep(made);
        }
    }

    /// <summary>The record at which a worker was lost has failed.</summary>
    public void FailCurrent(RecordError error)
    {
        if (_isUnique && !_hadTurn)
            Keep(new Screened(chunk.Input[_next]) { Error = error }, null);
        else
            chunk.Output.Add(transform.Fail(chunk.Input[_next], error));
        _next++;
    }

    private Screened Screen(Record record, Transformer transformer, IScriptSteps? steps)
    {
        var screened = new Screened(record);
        if (record.Error is not null)
            return screened;
        try
        {
            Screen(record, transformer, steps, ref screened);
        }
        catch (NestingException e)
        {
            screened.Error = ErrorOf(e);
        }
        return screened;
    }

    private void Screen(Record record, Transformer transformer, IScriptSteps? steps, ref Screened screened)
    {
        InputPlan plan = screened.Plan = transform.InputOf(record.Schema);
        Record prepared = transformer.Prepare(record, plan, ref screened.Breaches);
        if (steps is not null)
        {
            // Scripts get a copy of the record: if one fails in the middle, the original is unchanged.
            if (ReferenceEquals(prepared, record))
                prepared = record.Clone();
            if (!screened.Breaches.Any)
            {
                screened.Error = steps.Filter(prepared, out bool keeps);
                screened.IsFiltered = !keeps;
            }
        }
        if (screened.Error is null && !screened.IsFiltered)
            transformer.Check(prepared, plan, ref screened.Breaches);
        screened.Prepared = prepared;
    }

    private void Keep(Screened screened, Transformer? transformer)
    {
        int after = _digests.Count + transform.UniqueValues.Count;
        if (screened.IsChecked && transformer is not null)
        {
            try
            {
                transformer.AddDigests(screened.Prepared!, screened.Plan!, _digests);
            }
            catch (NestingException e)
            {
                screened.Error = ErrorOf(e);
            }
        }
        while (_digests.Count < after)
            _digests.Add(default);
        _screened.Add(screened);
    }

    private Screened CheckUnique(Screened screened, int first)
    {
        for (int i = 0; i < transform.UniqueValues.Count; i++)
        {
            UniqueValues values = transform.UniqueValues[i];
            if (_digests[first + i] != default && values.Contains(_digests[first + i]))
                screened.Breaches.Add(ErrorCodes.DuplicateValue, values.FirstColumn, $"an earlier record has the same value of {values.Name} (-Unique)");
        }
        // A record that fails anyway leaves its values to the next record that has them.
        for (int i = 0; i < transform.UniqueValues.Count && !screened.Breaches.Any; i++)
        {
            if (_digests[first + i] != default)
                transform.UniqueValues[i].Add(_digests[first + i]);
        }
        return screened;
    }

    private RecordError? ErrorOf(in Screened screened) =>
        screened.Error ?? (screened.Breaches.Any ? screened.Breaches.ToError(newError) : null);

    /// <summary>The error of a record with a value of which no text can be made.</summary>
    private RecordError ErrorOf(NestingException e) => newError(
        ErrorCodes.ConversionFailed, $"{(e.Column is { } column ? $"'{column}'" : "A value")} {NestingException.Fault}, so it has no text to check, compare or hash.", e.Column);

    private RecordError? Emit(in Screened screened, Transformer transformer, IScriptSteps? steps, List<Record> made)
    {
        try
        {
            if (steps is not null)
                return steps.Emit(screened.Prepared!, screened.Prepared!, made);
            transformer.Finish(screened.Prepared!, null, made);
            return null;
        }
        catch (NestingException e)
        {
            return ErrorOf(e);
        }
    }

    private void Keep(List<Record> made)
    {
        for (int i = 0; i < made.Count - 1; i++)
            made[i] = made[i].BeforeAnotherPart();
        chunk.Output.AddRange(made);
        if (made.Count == 0)
            chunk.Filtered++;
        else
            chunk.Made += made.Count - 1;
    }

    private struct Screened(Record record)
    {
        public Breaches Breaches;

        public InputPlan? Plan;

        public Record? Prepared = record;

        public RecordError? Error = null;

        public bool IsFiltered = false;

        public readonly bool IsChecked => Plan is not null && Error is null && !IsFiltered;
    }
}
