# The small functions that emitted Julia modules carry along; read as text.

function softplus(z)
    # log(1 + exp(z)) without overflow.
    return max(z, zero(z)) + log1p(exp(-abs(z)))
end

function sigmoid(z)
    # 1 / (1 + exp(-z)).
    return 1 / (1 + exp(-z))
end

function step(z)
    # 1 where z > 0, 0 elsewhere.
    return z > 0 ? one(z) : zero(z)
end

function leaky_step(z)
    # 1 where z > 0, 1/100 elsewhere.
    return z > 0 ? one(z) : oftype(z, 0.01)
end

function xlogy(a, b)
    # a log b, and 0 where a is 0.
    return iszero(a) ? zero(a * b) : a * log(b)
end

function with_axes(a, new)
    # The array with axes of length 1 at the places `new` of the result.
    own = Iterators.Stateful(size(a))
    return reshape(a, ntuple(k -> k in new ? 1 : popfirst!(own), ndims(a) + length(new)))
end

function largest_entry(X)
    # 1 at the largest entry of X, 0 elsewhere; of equal ones at the first, row by row.
    Y = zero(X)
    turned = permutedims(X, ndims(X):-1:1)
    Y[reverse(Tuple(argmax(turned)))...] = 1
    return Y
end

function vech(X)
    # The columns of the lower triangle of X, stacked.
    return [X[i, j] for j in axes(X, 2) for i in axes(X, 1) if i >= j]
end

function elimination(n)
    # The matrix L with vech X = L vec X for X n×n.
    rows = [i + n * (j - 1) for j in 1:n for i in j:n]
    return Matrix(1.0I, n * n, n * n)[rows, :]
end

function duplication(n)
    # The matrix D with vec X = D vech X for symmetric X n×n.
    pairs = [(i + n * (j - 1), j + n * (i - 1)) for j in 1:n for i in j:n]
    D = zeros(n * n, length(pairs))
    for (k, (p, q)) in enumerate(pairs)
        D[p, k] = 1
        D[q, k] = 1
    end
    return D
end

function stacked_product(A, B)
    # A B for every index of the first axis of those that have three axes.
    count = ndims(A) == 3 ? size(A, 1) : size(B, 1)
    page(X, k) = ndims(X) == 3 ? X[k, :, :] : X
    return stack(page(A, k) * page(B, k) for k in 1:count; dims = 1)
end

function frechet_matrix(f, X)
    # The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X]).
    n = size(X, 1)
    K = zeros(n * n, n * n)
    for k in 1:n*n
        E = zeros(n, n)
        E[k] = 1
        K[:, k] = vec(f([X E; zeros(n, n) X])[1:n, n+1:end])
    end
    return K
end

function difference_quotient(rise, gap, slope, noise)
    # rise ./ gap, or the slope there where rounding hides the difference of the two.
    close = abs.(rise .- gap .* slope) .<= noise
    return ifelse.(close, slope, rise ./ ifelse.(close, one(eltype(gap)), gap))
end

function divided_differences(w, f, df)
    # The matrix of (f(w_i) - f(w_j)) / (w_i - w_j), with f'(w_i) where they are equal.
    noise = 4 * eps(eltype(w)) .* (abs.(f) .+ transpose(abs.(f)))
    return difference_quotient(f .- transpose(f), w .- transpose(w), (df .+ transpose(df)) ./ 2, noise)
end

function second_divided_differences(w, f, df, ddf)
    # f[w_i, w_j, w_k] = (f[w_i, w_j] - f[w_j, w_k]) / (w_i - w_k), and its limits.
    n, unit, gap = length(w), 4 * eps(eltype(w)), w .- transpose(w)
    noise = unit .* (abs.(f) .+ transpose(abs.(f)))
    slope = (df .+ transpose(df)) ./ 2 .- gap .* (ddf .- transpose(ddf)) ./ 12
    F = difference_quotient(f .- transpose(f), gap, slope, noise)
    near = F .== slope
    noise = unit .* abs.(F) .+ ifelse.(near, zero(unit), noise ./ ifelse.(near, one(unit), abs.(gap)))
    third = (2 .* ddf .+ transpose(ddf)) ./ 6
    G = difference_quotient(df .- F, gap, third, noise .+ unit .* abs.(df))
    slope = (G .+ reshape(permutedims(G), 1, n, n)) ./ 2
    rise = F .- reshape(F, 1, n, n)
    return difference_quotient(rise, reshape(gap, n, 1, n), slope, noise .+ reshape(noise, 1, n, n))
end
